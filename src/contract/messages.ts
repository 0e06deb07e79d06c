// The whole conversation between the host and an engine: small, bounded, read strictly on both sides. The host decides, the engine does.
// Carried as JSON over the child's IPC channel; secrets travel here and nowhere else (never argv, environment or logs). The C++ side is
// made from these files by tools/contract/generate.ts.

import { Type } from 'typebox';
import { Audio } from './audio.ts';
import { Capabilities } from './capabilities.ts';
import { Ending, Farewell } from './endings.ts';
import { InputTarget, Pads } from './input.ts';
import { PreviewPicture, TakePreview } from './preview.ts';
import { Failure } from './problems.ts';
import { Flag, Nullable, type Static, struct, Text, tagged, Whole, Word32 } from './schema.ts';
import { Statistics } from './statistics.ts';
import { OpenTransport, Transport } from './transport.ts';
import { bitrate_kbps, Video } from './video.ts';

export const Start = struct('Start', {
  type: Type.Literal('start'),
  /** Where the encoder modules are. */
  module_dir: Text(4096),
  /** A file that the host made; empty: memory of the engine alone, for a stream that nobody takes up. */
  checkpoint_path: Text(4096),
  video: Video,
  /** null: no sound. */
  audio: Nullable(Audio),
  /** null: events are counted and dropped. */
  input: Nullable(InputTarget),
  /** null: no gamepads. */
  pads: Nullable(Pads),
  transport: Transport,
});
export type Start = Static<typeof Start>;

const Stop = struct('Stop', {
  type: Type.Literal('stop'),
  farewell: Farewell,
});

/** Asks what this engine can do: answered by `capabilities`; it then ends when it is told to. */
const Probe = struct('Probe', { type: Type.Literal('probe'), module_dir: Text(4096) });

/** Asks whether it lives: answered by `pong`, at any time. */
const Ping = struct('Ping', { type: Type.Literal('ping') });

/** The next access unit is an IDR, of a picture that stands still too. */
const RequestIdr = struct('RequestIdr', { type: Type.Literal('request_idr') });

/** Answered by `bitrate_set`; the encoder has it from its next picture on. */
const SetBitrate = struct('SetBitrate', { type: Type.Literal('set_bitrate'), bitrate_kbps });

/** Whether each report tells of each picture: somebody looks at them. */
const WatchFrames = struct('WatchFrames', { type: Type.Literal('watch_frames'), on: Flag });

export const HostMessage = tagged('HostMessage', 'type', [
  Start,
  Stop,
  Probe,
  Ping,
  RequestIdr,
  SetBitrate,
  WatchFrames,
  TakePreview,
]);
export type HostMessage = Static<typeof HostMessage>;

export const EngineMessage = tagged('EngineMessage', 'type', [
  /** The addon is loaded: the engine waits for start or probe. */
  struct('Loaded', { type: Type.Literal('loaded'), pid: Word32 }),
  struct('Pong', { type: Type.Literal('pong') }),
  Capabilities,
  struct('Listening', { type: Type.Literal('listening'), transport: OpenTransport }),
  struct('ClientConnected', { type: Type.Literal('client_connected') }),
  /** The client said goodbye: within a second `ended` follows, or the problem `forged_goodbye`. */
  struct('ClientLeaving', { type: Type.Literal('client_leaving') }),
  /** It was sent. */
  struct('FirstFrame', {
    type: Type.Literal('first_frame'),
    width: Whole(1, 65_536),
    height: Whole(1, 65_536),
    encoder: Text(128),
    capture: Text(256),
  }),
  Statistics,
  /** The encoder goes on with this rate; with a failure it is the one that it had. */
  struct('BitrateSet', { type: Type.Literal('bitrate_set'), bitrate_kbps, failure: Nullable(Failure) }),
  PreviewPicture,
  struct('PreviewFailed', { type: Type.Literal('preview_failed'), failure: Failure }),
  /** Fatal ones are followed by `ended`. */
  struct('Problem', { type: Type.Literal('problem'), failure: Failure, fatal: Flag }),
  /** The portal's grant, to be kept for the next time. */
  struct('RestoreToken', { type: Type.Literal('restore_token'), token: Text(1024) }),
  /** The engine exits after it. */
  struct('Ended', { type: Type.Literal('ended'), reason: Ending }),
]);
export type EngineMessage = Static<typeof EngineMessage>;

/** Of one message as JSON, in bytes. The longest is of a preview. */
export const max_message_bytes = 1 << 20;
