// A stand-in for the engine process in tests: speaks the message schema, touches nothing. FAKE_ENGINE (JSON) says how it behaves; what it
// is told is appended to FAKE_ENGINE_LOG, one JSON document a line.

import { appendFileSync, closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import type { Ending } from '../contract/endings.ts';
import type { EngineMessage, HostMessage } from '../contract/messages.ts';
import type { Failure } from '../contract/problems.ts';
import { type FrameTimes, latency_edges_us, type Statistics } from '../contract/statistics.ts';
import { testCapabilities } from './test-capabilities.ts';

export interface Behaviour {
  /** Life numbers (counted in the checkpoint) that die of SIGSEGV once connected; `all` for every one. */
  dies?: number[] | 'all';
  /** Never says `loaded`. */
  stuck?: boolean;
  /** Says nothing after `listening`. */
  silent?: boolean;
  /** Sends something outside the schema, or too much of it. */
  babbles?: 'nonsense' | 'flood';
  /** Bytes, as text, that it writes into its channel once it listens: whatever a library with the wrong descriptor would. */
  scribbles?: string;
  /** Goes on writing into its channel, and ends no line. */
  endless?: boolean;
  /** Lines that it writes to its standard error once it listens. */
  prints?: string[];
  /** Cannot start, for this reason. */
  fails?: string;
  /** Ends by itself with this reason after connecting. */
  ends?: Ending;
  /** Its client says goodbye, and says nothing more: believed when this file is there, not at all without one. */
  leaves?: { once?: string };
  /** Does not obey stop. */
  deaf?: boolean;
  /** Reports this problem, twice, and goes on. */
  troubled?: Failure;
  /** Says so once that is over. */
  recovered?: Failure;
  /** Hears nothing of its client once it is connected. */
  unheard?: boolean;
  /** In so many of its first reports it sends a quarter of the pictures. */
  slow_reports?: number;
  /** Milliseconds between two reports. */
  report_ms?: number;
  /** Which of its encoders work. */
  encoders?: boolean | 'some';
  /** What it has loaded when it is asked what it can do. */
  libraries?: string[];
  /** Keeps its rate, for this reason. */
  keeps_bitrate?: string;
  /** Says nothing when it is told to change its rate. */
  ignores_bitrate?: boolean;
  /** Takes no previews, for this reason. */
  takes_no_previews?: string;
  /** Never sees its client. */
  alone?: boolean;
}

const behaviour = JSON.parse(process.env.FAKE_ENGINE ?? '{}') as Behaviour;
const say = (message: EngineMessage) => process.send?.(message);
const note = (entry: object) => {
  if (process.env.FAKE_ENGINE_LOG) appendFileSync(process.env.FAKE_ENGINE_LOG, `${JSON.stringify(entry)}\n`);
};

/** Descriptor of the channel to the host, its only one besides the standard ones. */
const channel = 3;
const much = Buffer.alloc(65_536, 'x');
function scribbleOn(): void {
  try {
    writeSync(channel, much);
  } catch {
    // it is full: the host reads slowly, or not at all
  }
  setImmediate(scribbleOn);
}

/** Counts this life in the checkpoint, as a real engine does with its generation. */
function countLife(path: string): number {
  const file = openSync(path, 'r+');
  const word = Buffer.alloc(4);
  readSync(file, word, 0, 4, 0);
  word.writeUInt32LE(word.readUInt32LE() + 1);
  writeSync(file, word, 0, 4, 0);
  closeSync(file);
  return word.readUInt32LE();
}

const quiet = {
  p50_us: 1,
  p95_us: 2,
  p99_us: 3,
  max_us: 4,
  sum_us: 90,
  counts: [60, ...latency_edges_us.map(() => 0)],
};
const frame: FrameTimes = {
  frame: 1,
  sent_at_us: 16_000,
  capture_us: 100,
  convert_us: 200,
  wait_us: 0,
  encode_us: 3000,
  protect_us: 40,
  send_us: 500,
  bytes: 1666,
  idr: false,
};
const stats: Statistics = {
  type: 'stats',
  interval_s: 1,
  bitrate_kbps: 0,
  frames_shown: 60,
  frames_captured: 60,
  frames_dropped: 0,
  frames_encoded: 60,
  frames_sent: 60,
  frames_repeated: 0,
  frames_cut_short: 0,
  idr_frames: 1,
  bytes_sent: 100_000,
  datagrams_sent: 80,
  parity_datagrams: 20,
  send_would_block: 0,
  latency: {
    capture: quiet,
    convert: quiet,
    wait: quiet,
    encode: quiet,
    protect: quiet,
    send: quiet,
    total: quiet,
  },
  cpu_ms: { video: 1, send: 1, control: 1, audio: 1, process: 4, capture: 0, convert: 0, protect: 0 },
  audio: { packets: 200, bytes: 9000, underruns: 0, overruns: 0 },
  control: {
    messages: 10,
    refused: 0,
    replayed: 0,
    input_events: 3,
    input_ignored: 0,
    idr_requests: 1,
    round_trip_ms: 1,
    frames_repaired: 2,
    frames_lost: 1,
    packets_missing: 5,
  },
  frames: null,
};

/** What it is told beside its start and its end. */
function obey(message: Exclude<HostMessage, { type: 'start' | 'stop' | 'probe' | 'ping' }>): void {
  if (message.type === 'watch_frames') stats.frames = message.on ? [frame] : null;
  else if (message.type === 'set_bitrate') setBitrate(message.bitrate_kbps);
  else if (message.type === 'take_preview') takePreview(message.max_width_px);
}

function setBitrate(bitrate_kbps: number): void {
  if (behaviour.ignores_bitrate) return;
  const { keeps_bitrate: reason } = behaviour;
  if (reason === undefined) stats.bitrate_kbps = bitrate_kbps;
  const parameters = { encoder: 'fake', bitrate_kbps: String(bitrate_kbps), reason: reason ?? '' };
  const failure: Failure | null = reason === undefined ? null : { code: 'bitrate_refused', parameters };
  say({ type: 'bitrate_set', bitrate_kbps: stats.bitrate_kbps, failure });
}

function takePreview(width: number): void {
  const { takes_no_previews: reason } = behaviour;
  if (reason === undefined) say({ type: 'preview', width, height: 360, jpeg_base64: '/9j/' });
  else say({ type: 'preview_failed', failure: { code: 'preview_failed', parameters: { reason } } });
}

process.on('SIGTERM', () => {
  say({ type: 'ended', reason: 'stopped' });
  process.disconnect();
});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: HostMessage) => {
  if (message.type === 'ping') {
    say({ type: 'pong' });
    return;
  }
  const life = message.type === 'start' ? countLife(message.checkpoint_path) : 0;
  note({ life, ...message });
  if (message.type === 'stop') {
    if (behaviour.deaf) return;
    say({ type: 'ended', reason: 'stopped' });
    process.disconnect();
    return;
  }
  if (message.type === 'probe') {
    say({ ...testCapabilities(behaviour.encoders), ...(behaviour.libraries && { libraries: behaviour.libraries }) });
    return;
  }
  if (message.type !== 'start') return obey(message);
  if (behaviour.fails !== undefined) {
    const failure: Failure = { code: 'capture_unusable', parameters: { reason: behaviour.fails } };
    say({ type: 'problem', failure, fatal: true });
    say({ type: 'ended', reason: 'failed' });
    process.disconnect();
    return;
  }
  stats.bitrate_kbps = message.video.bitrate_kbps;
  const { kind, video_port, audio_port, control_port } = message.transport;
  say({ type: 'listening', transport: { kind, video_port, audio_port, control_port } });
  if (behaviour.scribbles !== undefined) writeSync(channel, behaviour.scribbles);
  if (behaviour.silent || behaviour.alone) return;
  if (behaviour.babbles === 'nonsense') process.send?.({ type: 'listening', video_port: 'many' });
  if (behaviour.babbles === 'flood') for (let count = 0; count < 1000; count++) say(stats);
  if (behaviour.endless) return scribbleOn();
  for (const line of behaviour.prints ?? []) writeSync(2, `${line}\n`);
  say({ type: 'client_connected' });
  say({
    type: 'first_frame',
    width: message.video.width,
    height: message.video.height,
    encoder: 'fake',
    capture: 'fake',
  });
  if (behaviour.leaves) {
    const { once } = behaviour.leaves;
    say({ type: 'client_leaving' });
    const look = setInterval(() => {
      if (once === undefined || !existsSync(once)) return;
      clearInterval(look);
      say({ type: 'ended', reason: 'client_quit' });
      process.disconnect();
    }, 5);
  }
  if (behaviour.troubled)
    for (let count = 0; count < 2; count++) say({ type: 'problem', failure: behaviour.troubled, fatal: false });
  if (behaviour.recovered) say({ type: 'problem', failure: behaviour.recovered, fatal: false });
  let slow = behaviour.slow_reports ?? 0;
  const report = () => say({ ...stats, frames_sent: slow-- > 0 ? stats.frames_sent / 4 : stats.frames_sent });
  report();
  setInterval(() => {
    if (!behaviour.unheard) stats.control.messages += 10;
    report();
  }, behaviour.report_ms ?? 1000).unref();
  if (behaviour.dies === 'all' || behaviour.dies?.includes(life)) process.kill(process.pid, 'SIGSEGV');
  if (behaviour.ends !== undefined) {
    say({ type: 'ended', reason: behaviour.ends });
    process.disconnect();
  }
});
if (!behaviour.stuck) say({ type: 'loaded', pid: process.pid });
