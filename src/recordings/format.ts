// A recording is a file of lines of JSON: what it is of, a line for each second, and, when the stream has ended, what it comes to.

import { type Static, Type } from 'typebox';
import { grownBy, latency_edges_us, latency_stages, type Statistics } from '../contract/statistics.ts';
import { NamedSession, type SessionReport, StreamedVideo } from '../events.ts';
import { quantileOf } from './quantile.ts';

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Figure = Type.Number({ minimum: 0 });

/** The first line. */
export const Head = Type.Object({
  recording: Type.Literal(1),
  started_at: Type.String({ maxLength: 32 }),
  host_version: Type.String({ maxLength: 64 }),
  session: NamedSession,
  video: StreamedVideo,
});
export type Head = Static<typeof Head>;

const Stage = Type.Object({ p50_us: Figure, p95_us: Figure });

/** A line between them: one second, or, where it is asked for thinned, several. */
export const RecordedSecond = Type.Object(
  {
    /** When it was over, since the recording's begin. */
    at_s: Figure,
    /** Pictures of it: sent are new ones, missed those that the client could have had. */
    sent: Figure,
    missed: Figure,
    passed_over: Figure,
    cut_short: Figure,
    idr: Figure,
    /** What the client reports of the network. */
    lost: Figure,
    repaired: Figure,
    packets_missing: Figure,
    /** Of picture; parity: of them, those that repair others. */
    datagrams: Figure,
    parity: Figure,
    /** On the wire, parity included. */
    bitrate_kbps: Figure,
    round_trip_ms: Figure,
    /** Latency by stage, as the engine tells it. */
    latency: Type.Object({
      capture: Stage,
      convert: Stage,
      wait: Stage,
      encode: Stage,
      protect: Stage,
      send: Stage,
      total: Stage,
    }),
    slowest_us: Figure,
    counts: Type.Array(Figure, {
      maxItems: latency_edges_us.length + 1,
      description: `New pictures by their whole latency: up to ${latency_edges_us.join(', ')} µs, and above that.`,
    }),
  },
  { title: 'RecordedSecond' },
);
export type RecordedSecond = Static<typeof RecordedSecond>;

export const Figures = Type.Object(
  {
    duration_s: Figure,
    /** So many seconds were recorded. */
    seconds: Type.Integer({ minimum: 0 }),
    /** From presentation to the network, of all pictures; between two of the edges by which they are counted it is estimated. */
    latency_p50_us: Nullable(Figure),
    latency_p95_us: Nullable(Figure),
    latency_p99_us: Nullable(Figure),
    /** 95 % of the pictures of the worst second took at most this. */
    latency_worst_p95_us: Nullable(Figure),
    sent: Figure,
    missed: Figure,
    passed_over: Figure,
    cut_short: Figure,
    lost: Figure,
    repaired: Figure,
    packets_missing: Figure,
    /** Share of the datagrams of picture; null: there were none. */
    parity: Nullable(Figure),
    /** Mean. */
    bitrate_kbps: Figure,
    round_trip_ms: Nullable(Figure),
  },
  { title: 'RecordingFigures' },
);
export type Figures = Static<typeof Figures>;

/** The last line. */
export const Tail = Type.Object({
  ended_at: Type.String({ maxLength: 32 }),
  reason: Type.String({ maxLength: 1000 }),
  figures: Figures,
});
export type Tail = Static<typeof Tail>;

/** What is added up where seconds are. */
type Summed = Exclude<keyof RecordedSecond, 'at_s' | 'round_trip_ms' | 'latency' | 'slowest_us' | 'counts'>;

const stages = [...latency_stages, 'total'] as const;

/** `before`: of the report before it. */
export function secondOf(
  { statistics, pictures }: SessionReport,
  at_s: number,
  before?: Statistics['control'],
): RecordedSecond {
  const { latency, interval_s, bytes_sent, frames_sent, frames_repeated, control } = statistics;
  const stage = ({ p50_us, p95_us }: Static<typeof Stage>) => ({ p50_us, p95_us });
  return {
    at_s: rounded(at_s, 1),
    sent: Math.max(frames_sent - frames_repeated, 0),
    missed: pictures?.missed ?? 0,
    passed_over: statistics.frames_dropped,
    cut_short: statistics.frames_cut_short,
    idr: statistics.idr_frames,
    lost: grownBy(control.frames_lost, before?.frames_lost),
    repaired: grownBy(control.frames_repaired, before?.frames_repaired),
    packets_missing: grownBy(control.packets_missing, before?.packets_missing),
    datagrams: statistics.datagrams_sent,
    parity: statistics.parity_datagrams,
    bitrate_kbps: Math.round((bytes_sent * 8) / 1000 / Math.max(interval_s, 0.001)),
    round_trip_ms: control.round_trip_ms,
    latency: latencyBy((name) => stage(latency[name])),
    slowest_us: latency.total.max_us,
    counts: latency.total.counts,
  };
}

/** Of a whole recording. */
export function figuresOf(seconds: readonly RecordedSecond[], duration_s: number): Figures {
  const busy = seconds.filter(({ sent }) => sent > 0); // a second without a picture has no latency
  const p95s = busy.map(({ latency }) => latency.total.p95_us);
  const sum = (what: Summed) => seconds.reduce((total, second) => total + second[what], 0);
  const counts = countsOf(seconds);
  const slowest_us = highest(seconds.map((second) => second.slowest_us));
  const datagrams = sum('datagrams');
  return {
    duration_s: rounded(duration_s, 1),
    seconds: seconds.length,
    latency_p50_us: quantileOf(counts, 0.5, slowest_us),
    latency_p95_us: quantileOf(counts, 0.95, slowest_us),
    latency_p99_us: quantileOf(counts, 0.99, slowest_us),
    latency_worst_p95_us: p95s.length === 0 ? null : highest(p95s),
    sent: sum('sent'),
    missed: sum('missed'),
    passed_over: sum('passed_over'),
    cut_short: sum('cut_short'),
    lost: sum('lost'),
    repaired: sum('repaired'),
    packets_missing: sum('packets_missing'),
    parity: datagrams === 0 ? null : rounded(sum('parity') / datagrams, 4),
    bitrate_kbps: Math.round(sum('bitrate_kbps') / Math.max(seconds.length, 1)),
    round_trip_ms: median(seconds.map(({ round_trip_ms }) => round_trip_ms)),
  };
}

/** So that at most `count` are left: several seconds become one, counts added up, rates their mean, latencies the worst. */
export function thinned(seconds: readonly RecordedSecond[], count: number): RecordedSecond[] {
  const every = Math.ceil(seconds.length / count);
  if (every <= 1) return [...seconds];
  const groups = Array.from({ length: Math.ceil(seconds.length / every) }, (_, index) =>
    seconds.slice(index * every, (index + 1) * every),
  );
  return groups.map((group) => {
    const of = (pick: (second: RecordedSecond) => number) => group.map(pick);
    const total = (what: Summed) => of((second) => second[what]).reduce((sum, one) => sum + one, 0);
    return {
      at_s: group.at(-1)?.at_s ?? 0,
      sent: total('sent'),
      missed: total('missed'),
      passed_over: total('passed_over'),
      cut_short: total('cut_short'),
      idr: total('idr'),
      lost: total('lost'),
      repaired: total('repaired'),
      packets_missing: total('packets_missing'),
      datagrams: total('datagrams'),
      parity: total('parity'),
      bitrate_kbps: Math.round(total('bitrate_kbps') / group.length),
      round_trip_ms: highest(of(({ round_trip_ms }) => round_trip_ms)),
      latency: latencyBy((name) => ({
        p50_us: highest(of(({ latency }) => latency[name].p50_us)),
        p95_us: highest(of(({ latency }) => latency[name].p95_us)),
      })),
      slowest_us: highest(of(({ slowest_us }) => slowest_us)),
      counts: countsOf(group),
    };
  });
}

const latencyBy = (make: (name: (typeof stages)[number]) => Static<typeof Stage>): RecordedSecond['latency'] =>
  Object.fromEntries(stages.map((name) => [name, make(name)])) as RecordedSecond['latency'];

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** Of as many as there may be: more than a call takes arguments. */
const highest = (values: readonly number[]): number => values.reduce((most, one) => Math.max(most, one), 0);

const countsOf = (seconds: readonly RecordedSecond[]): number[] =>
  Array.from({ length: latency_edges_us.length + 1 }, (_, index) =>
    seconds.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
  );

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
