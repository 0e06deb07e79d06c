// The words of `punktfunk-harness probe …`: options, their ranges, and the texts of --help.

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { harness_command } from '../../src/installation.ts';
import { default_http_port, type StreamOptions } from './client.ts';
import { ProbeError } from './errors.ts';
import type { EncryptionWish } from './handshake.ts';
import { defaultDataDir } from './identity.ts';
import { script_help } from './input.ts';
import type { VideoCodec } from './sdp.ts';
import { default_max_lost_percent, type Limits } from './verdict.ts';

const dataDirHelp = (): string => {
  try {
    return defaultDataDir();
  } catch {
    return 'must be given: this user has no home';
  }
};

export const help = `usage: punktfunk-harness probe pair|list|stream|quit HOST [options]

A headless GameStream client: what Moonlight does, without a window. It pairs,
starts an app, receives, repairs, decrypts and decodes its video and sound,
sends input, and says in numbers how it went. Works with any GameStream host.

  probe pair HOST      shows a PIN (or takes --pin) to be typed at the host
  probe list HOST      the apps, and what the host is doing
  probe stream HOST    starts or resumes an app and receives it
  probe quit HOST      ends the running app

  ${harness_command} probe pair 127.0.0.1 --pin 1234
  ${harness_command} probe stream 127.0.0.1 --duration-s 10 --json
  ${harness_command} probe stream 127.0.0.1 --loss-percent 2 --min-fps 55

every command
  --port N             the host's HTTP port (${default_http_port}); HOST:N does the same
  --data-dir DIR       identity and paired hosts
                       (${dataDirHelp()})
  --json               one JSON document on standard output
pair
  --pin NNNN           the four digits to type at the host
  --wait-s N           how long to wait for them (300)
stream, what is asked for
  --app NAME|ID        which app (Desktop, or the first listed)
  --width N --height N --fps N
                       picture wanted (1280 720 60)
  --bitrate-kbps N     wanted, parity included (10000)
  --packet-size N      bytes of a video packet, a multiple of 16 (1392)
  --codec h264|hevc|av1
                       (h264)
  --encryption none|audio|all
                       beyond what the host insists on (audio, as stock clients
                       do)
  --plain-rtsp         do as clients from before encrypted RTSP
  --channels 2|6|8     of sound (2)
  --audio-packet-ms 5|10
                       (5)
  --slices N           slices wanted in each picture (1)
stream, how it is tried and judged
  --duration-s N       0 = until Ctrl-C or the host's end (10)
  --min-fps N          fewer whole frames a second fail (no limit)
  --max-lost-percent X more frames missing fail (${default_max_lost_percent})
  --loss-percent X     datagrams lost on purpose, before repair (0)
  --burst X            mean length of a loss burst in datagrams (1)
  --seed N             of the losses (1)
  --dump FILE          the video as it came, Annex B
  --snapshot FILE      one decoded picture as PPM
  --snapshot-picture N which one (1)
  --input FILE         a script of inputs, started with the first frame;
                       - reads standard input

input script, ${script_help}

exit codes: 0 passed, 1 the stream failed or a limit was passed, 2 usage, 3 the
host cannot be reached, 4 not paired, 5 pairing failed, 6 the host refused, or
answered what makes no sense, 7 the output or a file could not be written, 8 cut
short by a signal`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  port: text,
  'data-dir': text,
  json: flag,
  help: { type: 'boolean', short: 'h' },
  pin: text,
  'wait-s': text,
  app: text,
  width: text,
  height: text,
  fps: text,
  'bitrate-kbps': text,
  'packet-size': text,
  codec: text,
  encryption: text,
  'plain-rtsp': flag,
  channels: text,
  'audio-packet-ms': text,
  slices: text,
  'duration-s': text,
  'min-fps': text,
  'max-lost-percent': text,
  'loss-percent': text,
  burst: text,
  seed: text,
  dump: text,
  snapshot: text,
  'snapshot-picture': text,
  input: text,
} as const satisfies ParseArgsConfig['options'];

const verbs = ['pair', 'list', 'stream', 'quit'] as const;
export type Verb = (typeof verbs)[number];

export interface Request {
  readonly verb: Verb;
  readonly host: string;
  readonly port: number;
  readonly data_dir: string;
  readonly json: boolean;
  readonly pin: string | undefined;
  readonly pin_wait_ms: number;
  readonly stream: StreamOptions;
  readonly duration_s: number;
  readonly limits: Limits;
  readonly input: string | undefined;
}

function usage(why: string): ProbeError {
  return new ProbeError('usage', `${why}; see: ${harness_command} probe --help`);
}

// undefined: help was asked for.
export function readArguments(words: readonly string[]): Request | undefined {
  const { values, positionals } = parse(words);
  if (values.help) return undefined;
  const [verb, target, ...extra] = positionals;
  if (!verbs.some((known) => known === verb)) throw usage(`the first word is one of ${verbs.join(', ')}`);
  if (target === undefined || extra.length > 0) throw usage(`"probe ${verb}" takes one host`);
  const [host, inline_port] = splitHost(target);
  if (inline_port !== undefined && (inline_port < 1 || inline_port > 65535))
    throw usage(`${target} has no port from 1 to 65535`);
  if (values.pin !== undefined && !/^\d{4}$/.test(values.pin)) throw usage('--pin takes four digits');
  const number = numberOf(values);
  return {
    verb: verb as Verb,
    host,
    port: number('port', inline_port ?? default_http_port, 1, 65535),
    data_dir: values['data-dir'] ?? defaultDataDir(),
    json: values.json ?? false,
    pin: values.pin,
    pin_wait_ms: number('wait-s', 300, 1, 3600) * 1000,
    stream: streamOf(values),
    duration_s: number('duration-s', 10, 0, 1_000_000, 0),
    limits: {
      min_fps: number('min-fps', 0, 0, 100_000, 0),
      max_lost_percent: number('max-lost-percent', default_max_lost_percent, 0, 100, 0),
    },
    input: values.input,
  };
}

function streamOf(values: Values): StreamOptions {
  const [number, choice] = [numberOf(values), choiceOf(values)];
  return {
    ...(values.app === undefined ? {} : { app: values.app }),
    width: number('width', 1280, 1, 32768),
    height: number('height', 720, 1, 32768),
    fps: number('fps', 60, 1, 100_000),
    bitrate_kbps: number('bitrate-kbps', 10_000, 1, 10_000_000),
    packet_size: number('packet-size', 1392, 256, 8192, 16),
    codec: choice<VideoCodec>('codec', 'h264', ['h264', 'hevc', 'av1']),
    encryption: choice<EncryptionWish>('encryption', 'audio', ['none', 'audio', 'all']),
    encrypted_rtsp: !(values['plain-rtsp'] ?? false),
    channels: Number(choice('channels', '2', ['2', '6', '8'])) as 2 | 6 | 8,
    packet_duration_ms: Number(choice('audio-packet-ms', '5', ['5', '10'])) as 5 | 10,
    slices: number('slices', 1, 1, 32),
    loss: {
      percent: number('loss-percent', 0, 0, 100, 0),
      burst: number('burst', 1, 1, 10_000, 0),
      seed: number('seed', 1, 0, Number.MAX_SAFE_INTEGER),
    },
    dump: values.dump ?? '',
    snapshot: values.snapshot ?? '',
    snapshot_picture: number('snapshot-picture', 1, 1, Number.MAX_SAFE_INTEGER),
  };
}

// step 0: any number, not a whole one alone.
function numberOf(values: Values) {
  return (name: keyof Values, fallback: number, least: number, most: number, step = 1): number => {
    const word = values[name];
    if (word === undefined) return fallback;
    const value = Number(word);
    const whole = step === 0 || value % step === 0;
    if (word !== '' && value >= least && value <= most && whole) return value;
    const kind = step === 0 ? 'a number' : step === 1 ? 'a whole number' : `a multiple of ${step}`;
    throw usage(`--${name} is ${kind} from ${least} to ${most}, not "${word}"`);
  };
}

function choiceOf(values: Values) {
  return <T extends string>(name: keyof Values, fallback: T, known: readonly T[]): T => {
    const word = values[name] ?? fallback;
    const found = known.find((one) => one === word);
    if (found !== undefined) return found;
    throw usage(`--${name} is one of ${known.join(', ')}, not "${word}"`);
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage((error instanceof Error ? error.message : String(error)).split('. ')[0] ?? '');
  }
}

function splitHost(target: string): [host: string, port?: number] {
  const match = /^([^:]+):(\d+)$/.exec(target);
  return match?.[1] === undefined ? [target] : [match[1], Number(match[2])];
}
