// The whole conversation between the host and an engine: small, bounded, read strictly on both sides. The host decides, the engine does.
// Carried as JSON over the child's IPC channel; secrets travel here and nowhere else (never argv, environment or logs). The C++ side is
// made from these files by tools/contract/generate.ts.

import { Type } from 'typebox';
import { Audio } from './audio.ts';
import { Capabilities } from './capabilities.ts';
import { Ending } from './endings.ts';
import { InputTarget } from './input.ts';
import { Failure } from './problems.ts';
import { Flag, Nullable, Port, type Static, struct, Text, tagged, Whole, Word32 } from './schema.ts';
import { Statistics } from './statistics.ts';
import { Transport } from './transport.ts';
import { Video } from './video.ts';

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
  transport: Transport,
});
export type Start = Static<typeof Start>;

const Stop = struct('Stop', {
  type: Type.Literal('stop'),
  /** GameStream termination reason told to the client; 0: tell nothing (it left by itself). */
  termination_reason: Word32,
});

/** Asks what this engine can do: answered by `capabilities`; it then ends when it is told to. */
const Probe = struct('Probe', { type: Type.Literal('probe'), module_dir: Text(4096) });

export const HostMessage = tagged('HostMessage', 'type', [Start, Stop, Probe]);
export type HostMessage = Static<typeof HostMessage>;

export const EngineMessage = tagged('EngineMessage', 'type', [
  /** The addon is loaded: the engine waits for start or probe. */
  struct('Loaded', { type: Type.Literal('loaded'), pid: Word32 }),
  Capabilities,
  struct('Listening', { type: Type.Literal('listening'), video_port: Port, audio_port: Port, control_port: Port }),
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
  /** Fatal ones are followed by `ended`. */
  struct('Problem', { type: Type.Literal('problem'), failure: Failure, fatal: Flag }),
  /** The portal's grant, to be kept for the next time. */
  struct('RestoreToken', { type: Type.Literal('restore_token'), token: Text(1024) }),
  /** The engine exits after it. */
  struct('Ended', { type: Type.Literal('ended'), reason: Ending }),
]);
export type EngineMessage = Static<typeof EngineMessage>;

/** Of one message as JSON, in bytes. */
export const max_message_bytes = 65_536;
