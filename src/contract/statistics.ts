// What an engine tells once a second: counts and times of the second that is over, but for sound and control, which count from its start.

import { Type } from 'typebox';
import { Amount, Count, Flag, List, Nullable, type Static, struct, Word32 } from './schema.ts';

/**
 * Upper edges by which pictures are counted, so that seconds and streams can be added up. A time counts by the upper edge of the engine's
 * own bucket (native/engine/histogram.h): never below what it was, and at most 3 % above.
 */
export const latency_edges_us = [
  250, 500, 1000, 2000, 4000, 6000, 8000, 12_000, 16_000, 24_000, 32_000, 64_000, 128_000, 256_000,
] as const;

const StageLatency = struct('StageLatency', {
  p50_us: Amount,
  p95_us: Amount,
  p99_us: Amount,
  max_us: Amount,
  sum_us: Amount,
  /** Up to each edge and above the one before it; the last: above all of them. */
  counts: List(Count, latency_edges_us.length + 1),
});
export type StageLatency = Static<typeof StageLatency>;

/** As many as there are in a second at the highest rate. */
const max_frames = 512;

const FrameTimes = struct('FrameTimes', {
  /** Its number on the wire, by which a client knows it too. */
  frame: Word32,
  /** CLOCK_MONOTONIC of the host, when the last of its datagrams was with the kernel. */
  sent_at_us: Count,
  /** In each stage, as below. */
  capture_us: Word32,
  convert_us: Word32,
  wait_us: Word32,
  encode_us: Word32,
  protect_us: Word32,
  send_us: Word32,
  bytes: Word32,
  idr: Flag,
});
export type FrameTimes = Static<typeof FrameTimes>;

export const Statistics = struct('Statistics', {
  type: Type.Literal('stats'),
  interval_s: Amount,
  /** What the encoder may spend. */
  bitrate_kbps: Word32,
  /**
   * Pictures that the compositor showed; while no copy was ordered, at most as many as the stream could have had. null: it does not tell.
   * Counted when the next one is captured.
   */
  frames_shown: Nullable(Count),
  frames_captured: Count,
  /** Captured and passed over: a newer one came before their time to be encoded. */
  frames_dropped: Count,
  frames_encoded: Count,
  frames_sent: Count,
  /** Of them, those that the client had before: a still desktop is sent sharper, and now and then as a sign of life. */
  frames_repeated: Count,
  /** The network did not take them, or they were larger than packets can say. */
  frames_cut_short: Count,
  idr_frames: Count,
  bytes_sent: Count,
  datagrams_sent: Count,
  /** Of them, those with parity; of pictures that were cut short, all that were made. */
  parity_datagrams: Count,
  send_would_block: Count,
  /**
   * Of each new picture that was sent; the stages add up to the total. capture: the compositor has presented the picture (as it says, where
   * that can be: native/engine/capture/presentation.h) → the video thread takes it, which may have been busy with the one before; convert;
   * wait: → it is the stream's rate that it is encoded, and the sender has room; encode: → the access unit is complete; protect: → the one
   * before it is sent, and packets, parity and seals are made; send: → the last datagram is with the kernel.
   */
  latency: struct('Latency', {
    capture: StageLatency,
    convert: StageLatency,
    wait: StageLatency,
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
    /** What the client reports of the network: pictures that it repaired by parity, or gave up, and the packets that they lacked. */
    frames_repaired: Count,
    frames_lost: Count,
    packets_missing: Count,
  }),
  /** Each new picture that was sent; null: nobody looks at them. */
  frames: Nullable(List(FrameTimes, max_frames)),
});
export type Statistics = Static<typeof Statistics>;
/** Without what is there for who looks at each frame alone. */
export type Figures = Omit<Statistics, 'frames'>;

export const latency_stages = [
  'capture',
  'convert',
  'wait',
  'encode',
  'protect',
  'send',
] as const satisfies readonly (keyof Statistics['latency'])[];

/** By how much a count of an engine's life has grown since the report before; where it is less, another engine took its place. */
export const grownBy = (now: number, before = 0): number => (now < before ? now : now - before);
