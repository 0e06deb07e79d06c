// What an engine tells once a second: counts and times of the second that is over, but for sound and control, which count from its start.

import { Type } from 'typebox';
import { Amount, Count, type Static, struct } from './schema.ts';

const StageLatency = struct('StageLatency', { p50_us: Amount, p95_us: Amount, p99_us: Amount, max_us: Amount });

export const Statistics = struct('Statistics', {
  type: Type.Literal('stats'),
  interval_s: Amount,
  frames_captured: Count,
  /** Passed over because the encoder was not free, or given up. */
  frames_dropped: Count,
  frames_encoded: Count,
  frames_sent: Count,
  idr_frames: Count,
  bytes_sent: Count,
  datagrams_sent: Count,
  send_would_block: Count,
  /**
   * Stages follow each other. capture: the compositor has finished the picture → the video thread takes it; convert; encode: → the access
   * unit is complete (of a repeated picture: from its own start); protect: → packets, parity and seals are made; send: → the last datagram
   * is with the kernel. total: the picture arrived here → the last datagram is with the kernel.
   */
  latency: struct('Latency', {
    capture: StageLatency,
    convert: StageLatency,
    encode: StageLatency,
    protect: StageLatency,
    send: StageLatency,
    total: StageLatency,
  }),
  /** Thread CPU time; capture, convert and protect are parts of video and send. */
  cpu_ms: struct('CpuTime', {
    video: Amount,
    send: Amount,
    control: Amount,
    audio: Amount,
    process: Amount,
    capture: Amount,
    convert: Amount,
    protect: Amount,
  }),
  audio: struct('AudioStatistics', { packets: Count, bytes: Count, underruns: Count, overruns: Count }),
  control: struct('ControlStatistics', {
    messages: Count,
    refused: Count,
    replayed: Count,
    input_events: Count,
    input_ignored: Count,
    idr_requests: Count,
    round_trip_ms: Count,
  }),
});
export type Statistics = Static<typeof Statistics>;
