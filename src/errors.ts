// Every error that a person can meet: a stable code, what happened, what to do, and the numbers by which it is told: nobody else writes
// one (errors.test.ts). Rooms throw PunktfunkError with a code of error_table; `{name}` in a sentence is filled from the parameters. What
// is not as it should be with a stream has a code of problem_table, from its engine, or of shortcoming_table, from the host itself.

import type { Failure, ProblemCode } from './contract/problems.ts';
import { withOwnWords } from './installation.ts';

/** Exit codes of the command line; also in its --help. */
export const exit_codes = {
  ok: 0,
  refused: 1,
  usage: 2,
  port_taken: 3,
  not_running: 4,
  data: 5,
  unavailable: 6,
  output: 7,
  internal: 70,
  /** As a shell says it of SIGINT. */
  interrupted: 130,
} as const;

/** What was asked for is done: in GameStream's XML, in RTSP, in HTTP. */
export const granted_status = 200;

interface ErrorRow {
  /** One sentence: what happened. */
  readonly sentence: string;
  /** One sentence: what to do about it, if there is anything. */
  readonly cure?: string;
  /** `refused` where nothing is said. */
  readonly exit_code?: number;
  /** Where other numbers than default_status are told. */
  readonly status?: Partial<typeof default_status>;
}

/** How an error is told by number: in GameStream's XML (clients show it with the sentence), in RTSP, in HTTP itself (the local API). */
const default_status = { xml: 503, rtsp: 503, http: 409 };

const doctor = 'Run `{host} doctor` to see what is missing and how to get it.';

export const error_table = {
  // command line and configuration
  USAGE: { sentence: '{reason}', cure: 'See `{host} --help`.', exit_code: exit_codes.usage },
  CONFIG_UNKNOWN_KEY: {
    sentence: '{file} has an unknown setting "{key}".',
    cure: 'Remove it, or use one of: {known}.',
    exit_code: exit_codes.usage,
  },
  CONFIG_BAD_VALUE: {
    sentence: '{source} is not valid: {reason}.',
    cure: 'Correct it, or remove it to use the default ({default}).',
    exit_code: exit_codes.usage,
    status: { http: 400 },
  },
  CONFIG_UNREADABLE: {
    sentence: 'The configuration {file} cannot be read: {reason}.',
    cure: 'Correct the file, or move it away to start with the defaults.',
    exit_code: exit_codes.usage,
  },
  SETTING_UNKNOWN: {
    sentence: 'There is no setting "{name}".',
    cure: 'Use one of: {known}.',
    exit_code: exit_codes.usage,
    status: { http: 400 },
  },
  SETTING_FIXED: {
    sentence: '{name} was given to this host by {place}, which wins over what is set here.',
    cure: 'Start the host without it there, then set it here.',
  },

  // data directory, identity, store
  DATA_DIR_UNUSABLE: {
    sentence: 'The data directory {path} cannot be used: {reason}.',
    cure: 'Make it writable for user {user}, or choose another with --data-dir.',
    exit_code: exit_codes.data,
  },
  DATA_DIR_UNNAMED: {
    sentence: 'User {user} has no home directory in which the data could be kept.',
    cure: 'Name a directory with --data-dir or PUNKTFUNK_DATA_DIR.',
    exit_code: exit_codes.data,
  },
  DATA_DAMAGED: {
    sentence: '{file} is damaged: {reason}.',
    cure: 'Nothing was changed. Restore it from a backup, or move it away to start anew ({consequence}).',
    exit_code: exit_codes.data,
  },
  DATA_NEWER: {
    sentence: '{file} was written by a newer punktfunk (its version is {version}, this one knows up to {known}).',
    cure: 'Nothing was changed. Go back to the newer punktfunk, or give this one a --data-dir of its own.',
    exit_code: exit_codes.data,
  },
  DATA_NOT_WRITTEN: {
    sentence: '{file} could not be written: {reason}.',
    cure: 'Free some space or correct the permissions; the previous contents are untouched.',
    exit_code: exit_codes.data,
  },
  FULL: { sentence: '{file} already holds {count} {what}.', cure: 'Remove one that is not needed any more.' },
  DATA_DIR_UNLOCKABLE: {
    sentence: 'The data directory {path} cannot be locked: {reason}.',
    cure: 'Install util-linux, which has flock, or choose a directory on a local disk with --data-dir.',
    exit_code: exit_codes.data,
  },
  DATA_EXPOSED: {
    sentence: '{path} {exposure}.',
    cure: 'See whether it is as you left it, then close it with `{mend}`, or choose another directory with --data-dir.',
    exit_code: exit_codes.data,
  },
  ALREADY_RUNNING: {
    sentence: 'A host already runs with the data directory {path} (process {pid}).',
    cure: 'Stop it first, or give this one its own --data-dir and --base-port.',
    exit_code: exit_codes.port_taken,
  },

  // network
  PORT_TAKEN: {
    sentence: 'Port {port} ({use}) is taken by another program.',
    cure: 'Stop that program, or move all ports: `{serve} --base-port 50000` (the default is 47989), and give the client this port too.',
    exit_code: exit_codes.port_taken,
  },
  PORT_FORBIDDEN: {
    sentence: 'Port {port} ({use}) may not be opened by this user.',
    cure: 'Choose ports above 1024 with --base-port.',
    exit_code: exit_codes.port_taken,
  },
  ADDRESS_UNUSABLE: {
    sentence: 'The address {address} cannot be listened on: {reason}.',
    cure: 'Give --bind an address of this machine, or leave it out to listen on all.',
    exit_code: exit_codes.usage,
  },

  OUTPUT_FAILED: {
    sentence: 'The output could not be written: {reason}.',
    cure: 'Free some space, or send it somewhere else.',
    exit_code: exit_codes.output,
  },

  // commands that speak to the running host
  HOST_NOT_RUNNING: {
    sentence: 'No host runs with the data directory {path}.',
    cure: 'Start one with `{serve}`, or name its directory with --data-dir.',
    exit_code: exit_codes.not_running,
  },
  HOST_UNREACHABLE: {
    sentence: 'The host at {path} does not answer: {reason}.',
    cure: 'Run this as the user who started the host, or restart the host.',
    exit_code: exit_codes.not_running,
  },

  // pairing
  PIN_INVALID: {
    sentence: '"{pin}" is not a PIN.',
    cure: 'Give the four digits that Moonlight shows, for example `{host} pair 1234`.',
    exit_code: exit_codes.usage,
  },
  NO_CLIENT_WAITING: {
    sentence: 'No client is asking to pair.',
    cure: 'In Moonlight choose this computer, then run this command with the PIN that Moonlight shows.',
  },
  SEVERAL_CLIENTS_WAITING: {
    sentence: 'More than one client is asking to pair: {addresses}.',
    cure: 'Say which one with --address, and pair only a client whose PIN you can see.',
  },
  PAIRING_FAILED: {
    sentence: 'Pairing with {address} failed: {reason}.',
    cure: 'Start pairing again in Moonlight; it shows a new PIN.',
  },
  PAIRING_ENDED: { sentence: 'Pairing ended: {reason}.', status: { xml: 400 } },
  PAIRING_IMPOSSIBLE: { sentence: 'Pairing is not possible: {reason}.', status: { xml: 400 } },
  PAIRING_CROWDED: { sentence: 'Too many ask to pair: {reason}.', cure: 'Try again in a few minutes.' },
  CLIENT_UNKNOWN: {
    sentence: 'No paired client has the id "{id}".',
    cure: '`{host} clients` lists them.',
    status: { http: 404 },
  },

  // requests
  BAD_REQUEST: {
    sentence: '{reason}.',
    cure: 'Correct that, then ask again.',
    exit_code: exit_codes.usage,
    status: { xml: 400, rtsp: 400, http: 400 },
  },
  HEAD_TOO_LONG: {
    sentence: 'The head of a request is longer than {bytes} bytes.',
    cure: 'Send fewer or shorter headers.',
    status: { http: 431 },
  },
  CERTIFICATE_UNKNOWN: {
    sentence: 'The client is not authorized. Certificate verification failed.',
    status: { xml: 401 },
  },
  WEB_PAGE_REFUSED: {
    sentence: 'Web pages may not speak to this host.',
    cure: 'Open the console instead: run `{host} console`.',
    status: { xml: 403, http: 403 },
  },
  SIGN_IN_NEEDED: {
    sentence: 'Only who is signed in may do this.',
    cure: 'Sign in at the console, or send a token: `Authorization: Bearer …`.',
    status: { http: 401 },
  },
  ACCESS_DENIED: {
    sentence: 'This needs the right to {needed}; what was shown has the right to {scope}.',
    cure: 'Use a token with the scope {needed}, or sign in at the console.',
    status: { http: 403 },
  },
  PASSWORD_NEEDED: {
    sentence: 'This needs the password once more: it was given more than 10 minutes ago.',
    cure: 'Give the password again, then repeat this.',
    status: { http: 403 },
  },
  HOST_NAME_REFUSED: {
    sentence: 'This host does not answer to the name {name}.',
    cure: "Use its address, or the machine's own name.",
    status: { http: 421 },
  },
  FOREIGN_PAGE: {
    sentence: 'This was asked by a page that is not the one that signed in here.',
    cure: 'Load the console again, by an address of this host.',
    status: { http: 403 },
  },
  PASSWORD_WRONG: {
    sentence: 'That is not the password.',
    cure: 'Who forgot it runs `{host} console` on the machine itself and chooses another.',
    status: { http: 403 },
  },
  SET_UP_CODE_WRONG: {
    sentence: 'That is not the set-up code.',
    cure: 'It is told where the host runs, and by `{host} console`.',
    status: { http: 403 },
  },
  LINK_VOID: {
    sentence: 'This link was used already, or is older than a minute.',
    cure: 'Run `{host} console` again.',
    status: { http: 403 },
  },
  SIGN_IN_PAUSED: {
    sentence: 'Too many tries: the next one is taken in {seconds} s.',
    cure: 'Wait so long, or run `{host} console` on the machine itself.',
    status: { http: 429 },
  },
  PASSWORD_UNSUITABLE: {
    sentence: 'A password has 8 to 256 characters.',
    cure: 'Choose another one; a sentence is easy to keep in mind.',
    status: { http: 400 },
  },
  PASSWORD_CHOSEN: {
    sentence: 'A password was chosen already.',
    cure: 'Sign in with it, or run `{host} console` on the machine itself and change it there.',
  },
  BROWSER_UNKNOWN: {
    sentence: 'No browser that is signed in here has the id "{id}".',
    cure: 'It may have been signed out meanwhile; list them again.',
    status: { http: 404 },
  },
  TOKEN_UNKNOWN: {
    sentence: 'No token has the id "{id}".',
    cure: '`{host} token list` lists them.',
    status: { http: 404 },
  },
  CONSOLE_OFF: {
    sentence: 'The web console of this host is switched off.',
    cure: 'Set `console` to network or local in the configuration and start the host again.',
  },
  REQUEST_UNKNOWN: {
    sentence: 'The host does not know this request.',
    cure: 'Those of its API are in docs/openapi.json.',
    status: { xml: 404, http: 404 },
  },
  STREAM_UNKNOWN: { sentence: 'A request sets up {target}, which is no stream.', status: { rtsp: 404 } },
  SESSION_UNKNOWN: { sentence: 'A request names another session.', status: { rtsp: 454 } },
  OUT_OF_ORDER: { sentence: '{method} {reason}.', status: { rtsp: 455 } },

  // listeners and recordings
  TOO_MANY_LISTENERS: {
    sentence: 'Already {count} listen to this host.',
    cure: 'Close some of their pages or programs.',
    status: { http: 503 },
  },
  RECORDING_UNKNOWN: {
    sentence: 'There is no recording "{id}".',
    cure: 'It may have been removed meanwhile; list them again.',
    status: { http: 404 },
  },
  RECORDING_RUNNING: {
    sentence: 'The recording "{id}" is of a stream that is on.',
    cure: 'End the stream first.',
  },

  // measurements
  MEASUREMENT_UNKNOWN: {
    sentence: 'There is no measurement "{id}", or it is over.',
    cure: 'List them again.',
    status: { http: 404 },
  },
  MEASUREMENT_RUNNING: {
    sentence: 'This machine is being measured already.',
    cure: 'Wait until that is over, or cancel it.',
  },
  MEASURING_WHILE_STREAMED: {
    sentence: '{reason}: a measurement takes the cores that this needs, and would measure that too.',
    cure: 'Measure when nobody streams.',
  },
  MEASURED_TOO_SOON: {
    sentence: 'The last measurement has only just begun: the next one may in {seconds} s.',
    cure: 'Wait so long.',
    status: { http: 429 },
  },
  KIT_MISSING: {
    sentence: 'The measuring kit is not installed on this machine.',
    cure: '{harness_install}.',
    status: { http: 503 },
  },

  // sessions
  MODE_REFUSED: {
    sentence: 'This host cannot stream {mode}: {reason}.',
    cure: 'Choose a size between 64x64 and 8192x8192 and 1 to 480 frames a second in the client.',
    status: { xml: 400, rtsp: 400 },
  },
  STREAM_REFUSED: {
    sentence: 'The stream was refused: {reason}.',
    cure: 'Change the setting in the client.',
    status: { xml: 403, rtsp: 403 },
  },
  BUSY: {
    sentence: '{client} {doing} from this host.',
    cure: 'Disconnect it there: what runs goes on and can be resumed from here. Or quit the running application from here.',
  },
  CLIENT_UNPAIRED: {
    sentence: 'This client is no longer paired with this host.',
    cure: 'Pair it again.',
    status: { xml: 401 },
  },
  RIGHT_MISSING: {
    sentence: 'This client may not {what} on this host.',
    cure: 'Whoever runs the host can allow it: `{host} clients`.',
    status: { xml: 403, http: 403 },
  },
  APP_UNKNOWN: {
    sentence: 'This host has no application with the id {id}.',
    cure: 'Refresh the list of applications in the client.',
    status: { xml: 404 },
  },
  APP_RUNNING: {
    sentence: '{title} is already running on this host.',
    cure: 'Resume it, or quit it first.',
    status: { xml: 400 },
  },
  APP_NOT_RUNNING: { sentence: 'Nothing is running that could be resumed.', cure: 'Launch an application.' },
  APP_FAILED: {
    sentence: '{title} could not be started: {reason}.',
    cure: 'Correct its command in the configuration.',
  },
  PICTURE_REFUSED: {
    sentence: 'The picture was refused: {reason}.',
    cure: 'Give a PNG of at most 1 MiB and 2048 points a side.',
    exit_code: exit_codes.usage,
    status: { http: 400 },
  },
  APP_MISSING: {
    sentence: 'There is no application with the id {id}.',
    cure: '`{host} apps` lists them.',
    status: { http: 404 },
  },
  APP_CHANGED: {
    sentence: 'Somebody else has changed {title} since it was read here.',
    cure: 'Look at it again, then change it.',
  },
  APPS_REFUSED: {
    sentence: 'The list of applications stays as it is: {reason}.',
    cure: 'Look at it again, then change it.',
    exit_code: exit_codes.usage,
    status: { http: 400 },
  },
  TRIAL_RUNNING: { sentence: 'A program is tried already.', cure: 'Wait until it is over, or cancel it.' },
  NO_ENCODER: {
    sentence: 'This host has no encoder that works: {reason}.',
    cure: doctor,
    exit_code: exit_codes.unavailable,
  },
  ENGINE_FAILED: {
    sentence: 'The streaming engine failed: {reason}.',
    cure: doctor,
    exit_code: exit_codes.unavailable,
  },
  STREAM_NOT_FOUND: {
    sentence: 'This host has no stream with the id {id}.',
    cure: 'It has ended, or never was: ask for the list of streams.',
    status: { http: 404 },
  },
  STREAM_NOT_WATCHED: {
    sentence: 'The client of this stream is not connected.',
    cure: 'Wait until it is, or end the stream.',
  },
  BITRATE_REFUSED: { sentence: 'The bit rate stays as it is: {reason}.', cure: 'Choose another one, or try again.' },
  PREVIEW_FAILED: {
    sentence: 'There is no preview at this moment: {reason}.',
    cure: 'Try again; `{host} doctor` tells what the desktop lacks.',
    exit_code: exit_codes.unavailable,
    status: { http: 503 },
  },
  PREVIEW_IMPOSSIBLE: {
    sentence: 'There is no preview of this desktop: its portal gives the picture to the stream alone.',
    cure: 'Look at the stream itself, at its client.',
  },

  RUNTIME_DIR_UNWRITABLE: {
    sentence: 'The runtime directory {path} cannot be written: {reason}.',
    cure: 'Free some space there (on most systems it lies in memory), then try again.',
    exit_code: exit_codes.unavailable,
  },

  // display
  DISPLAY_UNAVAILABLE: {
    sentence: 'There is no desktop to stream: {reason}.',
    cure: doctor,
    exit_code: exit_codes.unavailable,
  },
  DISPLAY_GONE: {
    sentence: 'The desktop went away: {reason}.',
    cure: 'The next launch opens it again.',
    exit_code: exit_codes.unavailable,
  },
  DISPLAY_ASLEEP: {
    sentence: 'The output {output} is switched off and does not come on: {reason}.',
    cure: 'Switch it on at the machine (power saving may have switched it off), then launch again.',
    exit_code: exit_codes.unavailable,
  },
  DISPLAY_FULL: {
    sentence: 'The desktop has no output for one more client: {reason}.',
    cure: 'End another stream of this host, then launch again.',
    exit_code: exit_codes.unavailable,
  },
  DISPLAY_MODE_REFUSED: {
    sentence: 'The desktop does not take the mode {mode}: {reason}.',
    cure: 'Choose another size or rate in the client.',
    exit_code: exit_codes.unavailable,
  },

  INTERNAL: {
    sentence: 'Something went wrong inside punktfunk: {reason}.',
    cure: 'Please report it with the log lines around it.',
    exit_code: exit_codes.internal,
    status: { xml: 500, http: 500 },
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof error_table;

type ProblemRow = Pick<ErrorRow, 'sentence' | 'cure'>;

/** What the host tells of a stream itself: what its desktop cannot do for it, and how it goes on all the same. */
export const shortcoming_table = {
  engine_died: { sentence: 'The engine failed ({reason}) and was started again.' },
  other_application: { sentence: '{client} asked to resume another application; {title} runs and is shown.' },
  watch_only: { sentence: '{client} may watch and listen only: its keys and clicks are not taken.' },
  own_mode: { sentence: "This desktop keeps its own size and rate; the picture is scaled to the client's." },
  mode_refused: { sentence: '{output} does not take {mode} ({reason}); the picture is scaled.' },
  mode_not_noted: {
    sentence: 'The mode of {output} could not be noted ({reason}): were the host killed, it would not be put back.',
  },
  may_sleep: {
    sentence: 'This desktop does not let itself be kept awake; power saving may switch it off while it is streamed.',
  },
  wish_bounded: { sentence: 'The client asked for {wishes}: no more and no less is made here.' },
  pictures_missed: {
    sentence: '{sent} of {wanted} pictures a second reach the client. What bounds them is {bound}.',
  },
  pictures_back: { sentence: 'The client has all its pictures again, {sent} a second.' },
  program_lost: { sentence: 'The desktop has lost {program}: {reason}.' },
  program_missing: { sentence: '{program} is not installed: {without} (Debian: apt install {package}).' },
} as const satisfies Record<string, ProblemRow>;

type NamesIn<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** One of them, with what its sentence names. */
export type Shortcoming = {
  [C in keyof typeof shortcoming_table]: {
    code: C;
    parameters: Readonly<Record<NamesIn<(typeof shortcoming_table)[C]['sentence']>, string>>;
  };
}[keyof typeof shortcoming_table];

const silent = 'Silence is sent until it is back.';
const restart_sound = 'If it stays so, start it again: systemctl --user restart pipewire wireplumber';

/** What an engine tells of a stream, by the codes of src/contract/problems.ts. */
export const problem_table: Readonly<Record<ProblemCode, ProblemRow>> = {
  engine_unloadable: { sentence: '{reason}.', cure: 'Mend it with: {repair}' },
  message_refused: {
    sentence: 'The engine does not know a message of the host ({reason}).',
    cure: 'Host and engine are of different versions. Mend it with: {repair}',
  },
  started_twice: { sentence: 'The engine was started twice.' },
  no_descriptors: {
    sentence: 'This process has no file descriptors left.',
    cure: 'Raise the limit of open files for the host (ulimit -n, or LimitNOFILE= of its service).',
  },
  checkpoint_unusable: {
    sentence: 'The checkpoint {path} cannot be used: {reason}.',
    cure: 'Free some space there (on most systems it lies in memory), then start the stream anew.',
  },
  checkpoint_foreign: {
    sentence: 'The checkpoint {path} is of another version of punktfunk.',
    cure: 'Start the stream anew.',
  },

  encoder_missing: { sentence: '{library}: its module is not built.', cure: 'Mend it with: {repair}' },
  encoder_unusable: { sentence: '{library}: {reason}.', cure: 'Mend it with: {repair}' },
  no_memory: {
    sentence: 'There is no memory for a picture of {bytes} bytes: {reason}.',
    cure: 'Close other programs.',
  },
  picture_size_unusable: {
    sentence:
      'The compositor offers a picture of {width}x{height} with {stride} bytes a line, which cannot be captured.',
    cure: 'Set another mode.',
  },
  picture_format_unusable: {
    sentence: 'The compositor gives pictures in the format {format}, which cannot be encoded.',
    cure: 'Set the output to 8 bits a channel.',
  },
  synthetic_impossible: {
    sentence: 'A test picture of {width}x{height} at {fps} frames a second cannot be made.',
    cure: '1 to 16384 pixels a side and 1 to 1000 frames a second can.',
  },
  capture_unusable: { sentence: "The desktop's pictures cannot be converted: {reason}." },
  picture_impossible: {
    sentence: 'This host cannot encode {width}x{height} at {fps} frames/s and {bitrate_kbps} kbit/s.',
    cure: 'Choose even sides from 16 to 16384 pixels, 1 to 1000 frames/s and 1 to 2000000 kbit/s.',
  },
  no_encoder: { sentence: 'There is no video encoder in {directory} ({reasons}).', cure: 'Mend it with: {repair}' },
  encode_failed: { sentence: 'The encoder {encoder} failed: {reason}.' },
  picture_too_large: {
    sentence:
      "A picture of {bytes} bytes is more than the client's packets can say ({most_bytes}): pictures get a lower bit rate until none was for a while.",
    cure: "Lower the client's bit rate, or have it take larger packets.",
  },
  bitrate_refused: { sentence: 'The encoder {encoder} does not go on at {bitrate_kbps} kbit/s: {reason}.' },
  preview_failed: { sentence: 'No preview of the desktop could be taken: {reason}.' },

  port_taken: {
    sentence: 'UDP port {port} of {address} is taken by another program.',
    cure: 'Stop that program (ss -lunp shows it), or choose another --base-port.',
  },
  port_forbidden: {
    sentence: 'UDP port {port} may not be opened by this user.',
    cure: 'Choose ports above 1024 with --base-port.',
  },
  address_unusable: {
    sentence: 'The address {address} cannot be listened on: {reason}.',
    cure: 'Give --bind an IPv4 address of this machine, or leave it out to listen on all.',
  },
  socket_unusable: { sentence: 'No UDP socket can be had: {reason}.' },

  wayland_unreachable: {
    sentence: 'No Wayland compositor answers at "{display}" ({reason}).',
    cure: 'Start a desktop session, or name its socket in WAYLAND_DISPLAY and its directory in XDG_RUNTIME_DIR.',
  },
  compositor_silent: {
    sentence: 'The compositor did not answer within {milliseconds} ms: it hangs or is overloaded.',
    cure: 'Restart the desktop session if it stays so.',
  },
  compositor_gone: {
    sentence: 'The compositor closed the connection ({reason}): the desktop session ended or crashed.',
    cure: 'Start it again.',
  },
  compositor_refused: {
    sentence: 'The compositor refused a request ({interface}, error {error}).',
    cure: "Please report this with the compositor's name and version.",
  },
  screencopy_missing: {
    sentence:
      'This compositor does not offer zwlr_screencopy_manager_v1 version 3: it is not a wlroots compositor of this age.',
    cure: 'Capture through the desktop portal.',
  },
  output_missing: {
    sentence: 'The compositor has no output "{output}"; it has: {outputs}.',
    cure: 'Choose one of these, plug in a monitor, or create a headless output.',
  },
  output_asleep: {
    sentence: 'The compositor gives no picture of output {output}: it is switched off or asleep.',
    cure: 'Wake the desktop, or choose another output.',
  },
  output_silent: {
    sentence: 'The compositor gave no picture of output {output} within {milliseconds} ms: it hangs or is overloaded.',
    cure: 'Restart the desktop session if it stays so.',
  },
  output_removed: {
    sentence: 'The captured output {output} was removed.',
    cure: 'Start the stream again, or choose another output.',
  },

  pipewire_unloadable: {
    sentence: "PipeWire's client library cannot start ({reason}).",
    cure: 'See that its configuration, client.conf, is installed.',
  },
  pipewire_unreachable: {
    sentence: 'PipeWire does not answer ({reason}).',
    cure: 'Start it in this session: systemctl --user start pipewire wireplumber',
  },
  pipewire_gone: {
    sentence: 'PipeWire closed the connection ({reason}): it ended or crashed.',
    cure: 'Start it again: systemctl --user restart pipewire wireplumber',
  },
  node_missing: {
    sentence: 'PipeWire has no node {node}: the program that gave the picture has ended.',
    cure: 'Start the stream again.',
  },
  node_gone: {
    sentence: 'The program that gave the picture ended or withdrew it (PipeWire node {node}).',
    cure: 'Start the stream again.',
  },
  node_refused: { sentence: 'PipeWire refused the stream of node {node}: {reason}.', cure: 'Start the stream again.' },
  node_without_format: {
    sentence: 'The host and PipeWire node {node} agreed on no picture within {milliseconds} ms.',
    cure: 'A session manager must be running (systemctl --user start wireplumber), and the desktop must offer 8-bit BGRx, BGRA, RGBx or RGBA.',
  },
  node_format_unusable: {
    sentence: 'The desktop chose a picture format that cannot be encoded (PipeWire node {node}).',
    cure: 'It must offer 8-bit BGRx, BGRA, RGBx or RGBA.',
  },
  node_format_unsteady: {
    sentence:
      "The desktop changed the picture's format {times} times without sending a picture (PipeWire node {node}): it cannot make the buffers it offers.",
    cure: "Update the desktop's portal, or capture in another way.",
  },
  node_silent: {
    sentence:
      'The desktop agreed on a picture and then never started to send within {milliseconds} ms (PipeWire node {node}).',
    cure: "Restart the desktop's portal.",
  },
  node_paused: {
    sentence:
      'The desktop paused the stream and did not resume it within {milliseconds} ms (PipeWire node {node}): the captured output is gone.',
    cure: 'Start the stream again.',
  },
  node_ended: {
    sentence: 'PipeWire ended the stream of node {node} ({reason}): the captured output or window is gone.',
    cure: 'Start the stream again.',
  },
  node_pictures_unusable: {
    sentence: 'The last {pictures} pictures of the desktop could not be read ({reason}; PipeWire node {node}).',
    cure: "Update the desktop's portal, or capture in another way.",
  },

  bus_unreachable: {
    sentence: 'No session bus answers ({reason}).',
    cure: 'Start the host inside the desktop session, or name its bus in DBUS_SESSION_BUS_ADDRESS.',
  },
  bus_gone: {
    sentence: 'The session bus closed the connection ({reason}): the desktop session ended.',
    cure: 'Start it again.',
  },
  portal_missing: {
    sentence: 'The desktop portal is not there.',
    cure: 'Install and start xdg-desktop-portal and the backend of this desktop (xdg-desktop-portal-wlr, -gnome, -kde).',
  },
  portal_silent: {
    sentence: 'The desktop portal did not answer {request}.',
    cure: 'Restart it: systemctl --user restart xdg-desktop-portal',
  },
  portal_without_cast: {
    sentence: 'The desktop portal offers no screen cast ({reason}).',
    cure: 'Its backend must run first (xdg-desktop-portal-wlr, -gnome, -kde): start that, then restart xdg-desktop-portal.',
  },
  portal_refused: { sentence: 'The desktop portal refused {request} ({reason}).' },
  portal_unanswered: {
    sentence: "Nobody answered the desktop's question about the screen cast ({request}).",
    cure: 'Look for a dialogue on the desktop, allow the screen cast there and start again.',
  },
  portal_denied: {
    sentence: 'The screen cast was refused on the desktop.',
    cure: 'Allow it there and start the stream again.',
  },
  portal_failed: {
    sentence: 'The desktop portal gave up ({request}, answer {answer}): its backend cannot capture this desktop.',
    cure: 'On wlroots it needs a GPU renderer or version 0.8, or capture without the portal.',
  },
  portal_unreadable: {
    sentence: 'The desktop portal answered {request} in a form that cannot be read.',
    cure: 'Update xdg-desktop-portal.',
  },
  portal_without_picture: {
    sentence: 'The desktop allowed the screen cast but named no picture.',
    cure: 'Choose a monitor in its dialogue.',
  },
  portal_without_pipewire: {
    sentence: 'The desktop portal gave no PipeWire connection ({reason}).',
    cure: 'Start PipeWire in this session: systemctl --user start pipewire wireplumber',
  },
  portal_closed: {
    sentence: 'The desktop ended the screen cast: somebody stopped it there, or its output is gone.',
    cure: 'Start the stream again.',
  },

  packets_impossible: {
    sentence: 'Packets of {bytes} bytes with {percent} % parity cannot be made.',
    cure: 'Set fec_percent to less.',
  },
  gso_unavailable: {
    sentence: 'The kernel does not segment UDP packets (GSO): they are sent one by one, which costs more CPU time.',
  },
  no_video_ping: {
    sentence: 'The client is connected but nothing from it reaches UDP port {port}.',
    cure: 'Open that port in the firewall.',
  },
  foreign_pings: {
    sentence:
      "{address} sends pings that are the client's: somebody repeats them to be sent its picture or sound. They are not followed.",
  },

  control_failed: { sentence: 'The control connection broke: {reason}.' },
  forged_goodbye: { sentence: "Somebody on the network told this host in the client's name that it left. It stays." },

  input_unavailable: {
    sentence: 'The streamed desktop takes no keys and pointer movements from this host: they are ignored.',
  },
  input_blocked: {
    sentence:
      'The streamed desktop does not take its input: it hangs or is overloaded, and some keys or movements were lost.',
  },
  input_forbidden: {
    sentence: 'This client sends keys or pointer movements, and may only look and listen: they are ignored.',
    cure: 'Give it the right to input, if that is what you want; its next stream has it.',
  },
  input_lost: {
    sentence: "The streamed desktop's compositor no longer takes input: keys and movements are ignored.",
    cure: 'Start the stream again.',
  },
  virtual_devices_missing: {
    sentence:
      'This compositor has no virtual pointer and keyboard (zwlr_virtual_pointer_v1 version 2, zwp_virtual_keyboard_v1): it is not a wlroots one, or it keeps them from this program.',
  },
  virtual_devices_refused: {
    sentence: 'The compositor refused the virtual pointer or keyboard, or did not answer within {milliseconds} ms.',
    cure: 'Restart the desktop session if it stays so.',
  },
  seat_missing: { sentence: 'The compositor has no seat "{seat}"; it has: {seats}.', cure: 'Start the stream again.' },
  keyboard_layouts_missing: {
    sentence: "This machine's keyboard layouts cannot be read.",
    cure: 'Install xkb-data (xkeyboard-config).',
  },
  keyboard_layout_unknown: {
    sentence: 'This machine has no keyboard layout "{layout}".',
    cure: 'Give keyboard_layout a name such as de, ch(fr) or us,ru, as in /usr/share/X11/xkb (package xkb-data or xkeyboard-config).',
  },
  keyboard_layout_unreadable: {
    sentence: "The desktop's keyboard layout cannot be read ({reason}), so keys may be those of another one.",
    cure: 'The setting keyboard_layout says which it is.',
  },
  unknown_key_ignored: {
    sentence: 'The client sent a key that has no counterpart here (virtual key {virtual_key}): such keys are ignored.',
  },
  text_ignored: {
    sentence: 'The client sent a character that cannot be typed on this desktop ({character}): it is left out.',
  },
  unknown_button_ignored: {
    sentence: 'The client sent mouse button {button}, which this host does not know: it is ignored.',
  },
  touch_ignored: {
    sentence: 'The client sends touches, although this host has told it that it takes none: they are ignored.',
    cure: 'Let the client act as a touchpad or mouse.',
  },
  pen_ignored: {
    sentence: "The client sends a pen's input, although this host has told it that it takes none: it is ignored.",
  },
  gamepad_ignored: {
    sentence:
      "The client's gamepad does something that the one shown to programs here has no place for (or was never announced): it is ignored.",
    cure: 'The setting gamepad says what it is shown as; dualsense has most.',
  },
  gamepad_unavailable: {
    sentence: 'A gamepad is connected at the client, and none can be made here ({device}: {reason}): it is ignored.',
    cure: doctor,
  },
  gamepad_plain: {
    sentence:
      "The client's gamepad is shown as an Xbox one, without motion, touchpad and light, since the right one cannot be made ({device}: {reason}).",
    cure: doctor,
  },
  pointer_ignored: { sentence: "The client sent a pointer's movement that this desktop does not take." },
  unknown_input_ignored: {
    sentence: 'The client sends input of a kind that this host does not know ({kind}): it is ignored.',
  },

  sound_format_unknown: {
    sentence:
      'Sound of {channels} channels in packets of {packet_ms} ms is not known: 2, 6 or 8 channels and 5 or 10 ms are.',
  },
  sound_encoder_refuses: { sentence: 'Opus refuses the sound format: {reason}.' },
  sound_library_unusable: {
    sentence: "PipeWire's library cannot be used: the stream is silent.",
    cure: 'Reinstall pipewire with its modules (libpipewire-0.3-modules, libspa-0.2-modules).',
  },
  sound_server_missing: {
    sentence: `No PipeWire answers. ${silent}`,
    cure: 'Start pipewire and wireplumber in the session that is streamed.',
  },
  sound_server_ended: { sentence: `PipeWire has ended. ${silent}`, cure: restart_sound },
  sound_server_silent: { sentence: `PipeWire does not answer. ${silent}`, cure: restart_sound },
  sound_server_refuses: { sentence: `PipeWire cannot set the sound up: {reason}. ${silent}`, cure: restart_sound },
  sound_manager_missing: {
    sentence: `PipeWire has no session manager. ${silent}`,
    cure: 'Start wireplumber beside it.',
  },
  sound_manager_ended: { sentence: `The session manager of PipeWire has ended. ${silent}`, cure: restart_sound },
  sound_sink_removed: { sentence: `The stream's sink was removed. ${silent}` },
  sound_capture_failed: { sentence: `The sink's monitor gives no sound: {reason}. ${silent}` },
  sound_capture_silent: { sentence: `The desktop's sound does not come any more. ${silent}` },
  sound_back: { sentence: "The desktop's sound is there again." },
  sound_not_on_host: { sentence: 'The client asked for sound on this machine too, which has no other sound output.' },
  sound_loopback_missing: {
    sentence: "The client asked for sound on this machine too, and PipeWire's loopback module cannot be loaded.",
    cure: 'Install libpipewire-0.3-modules.',
  },
  sound_without_priority: {
    sentence: 'The thread that sends the sound got no priority: it may stutter while the processor is busy.',
    cure: '`{host} doctor` says what to do.',
  },
};

function fill(sentence: string, parameters: Readonly<Record<string, string | number>>): string {
  return withOwnWords(sentence).replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}

export interface ErrorReport {
  code: string;
  message: string;
  cure: string;
}

/** Sentence and cure in one line. */
const inOneLine = (message: string, cure: string): string => (cure === '' ? message : `${message} ${cure}`);

const stream_table: Readonly<Record<(Failure | Shortcoming)['code'], ProblemRow>> = {
  ...problem_table,
  ...shortcoming_table,
};

/** What is told of a stream, for people. */
export function problemReport({ code, parameters }: Failure | Shortcoming): ErrorReport & { advice: string } {
  const { sentence, cure = '' } = stream_table[code];
  const report = { code, message: fill(sentence, parameters), cure: fill(cure, parameters) };
  return { ...report, advice: inOneLine(report.message, report.cure) };
}

/** An error for people. `message` is the sentence, `cure` what to do about it. */
export class PunktfunkError extends Error {
  readonly code: ErrorCode;
  readonly cure: string;
  readonly exit_code: number;
  readonly status: Readonly<typeof default_status>;

  constructor(
    code: ErrorCode,
    parameters: Readonly<Record<string, string | number>> = {},
    options: ErrorOptions & { said?: ErrorReport } = {},
  ) {
    const row: ErrorRow = error_table[code];
    super(options.said?.message ?? fill(row.sentence, parameters), options);
    this.name = 'PunktfunkError';
    this.code = code;
    this.cure = options.said?.cure ?? fill(row.cure ?? '', parameters);
    this.exit_code = row.exit_code ?? exit_codes.refused;
    this.status = { ...default_status, ...row.status };
  }

  /** As it travels from the host to a command. */
  get report(): ErrorReport {
    return { code: this.code, message: this.message, cure: this.cure };
  }

  static fromReport(report: ErrorReport): PunktfunkError {
    const code = Object.hasOwn(error_table, report.code) ? (report.code as ErrorCode) : 'INTERNAL';
    return new PunktfunkError(code, {}, { said: report });
  }

  /** Sentence and cure in one line. */
  get advice(): string {
    return inOneLine(this.message, this.cure);
  }
}

/** Why something failed, as the end of a sentence: no stack, no final stop, the system's own words for system errors. */
export function reasonOf(error: unknown): string {
  if (error instanceof PunktfunkError) return error.message.replace(/\.$/, '');
  if (!(error instanceof Error)) return String(error);
  const system = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    ENOENT: 'no such file or directory',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is not a directory',
    EISDIR: 'it is a directory',
    EADDRINUSE: 'the address is in use',
    EADDRNOTAVAIL: 'this machine has no such address',
    ECONNREFUSED: 'nothing listens there',
    UND_ERR_HEADERS_TIMEOUT: 'no answer in time (it may be stopped or very busy)',
  };
  return (system.code !== undefined && words[system.code]) || error.message.replace(/\.$/, '');
}

/** Any error as one for people; one of which none of our rows speaks becomes INTERNAL. The original is the cause. */
export function toPunktfunkError(error: unknown): PunktfunkError {
  if (error instanceof PunktfunkError) return error;
  return new PunktfunkError(
    isSenders(error) ? 'BAD_REQUEST' : 'INTERNAL',
    { reason: reasonOf(error) },
    { cause: error },
  );
}

/** What a web framework itself refuses of a request is the sender's fault, not ours. */
function isSenders(error: unknown): boolean {
  const status = error instanceof Error && (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
}
