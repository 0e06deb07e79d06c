// What a measurement leaves: one document, the same for all commands of the kit. A number that was not measured is not in it.

import { type Static, Type } from 'typebox';
import { Count, Finite, type Kind, list, parseDocument, readDocument, struct, Text } from './document.ts';

export const report_version = 1;

/** More of a series is thinned out evenly before it is kept. */
export const max_values = 4096;

const Between = Type.Tuple([Finite, Finite]);

export const Machine = struct({
  /** As lscpu calls it. */
  chip: Text,
  cores: Count,
  memory_mb: Count,
  kernel: Text,
  distribution: Text,
  /** Of the last minute, when it began. */
  load: Finite,
});

const Clock = struct({
  name: Text,
  /** By how much times of one machine and of the other may be apart; 0: there is one clock. */
  error_ms: Type.Number({ minimum: 0 }),
  /** How that is known. */
  how: Text,
});

export const better = ['less', 'more'] as const;
export type Better = (typeof better)[number];

const Summary = struct({
  count: Count,
  p50: Finite,
  p95: Finite,
  p99: Finite,
  max: Finite,
  /** Of a bootstrap, at 95 %: kit/statistics.ts. */
  between: Type.Optional(struct({ p50: Between, p95: Between, p99: Between })),
});

/** The same thing, measured many times. */
const Series = struct({
  name: Text,
  unit: Text,
  /** What begins and what ends the thing that is measured, in words. */
  from: Text,
  to: Text,
  better: Type.Enum([...better]),
  /** By how much every value may be off, in its unit: the clocks', or the resolution. */
  error: Type.Number({ minimum: 0 }),
  summary: Summary,
  /** In the order of time; of more than are kept, evenly some. */
  values: list(Finite, max_values),
});
export type Series = Static<typeof Series>;

/** One thing over another: loss over loss, memory over hours. */
const Curve = struct({
  name: Text,
  x: struct({ name: Text, unit: Text }),
  y: struct({ name: Text, unit: Text }),
  points: list(Between),
});
export type Curve = Static<typeof Curve>;

const Counted = struct({
  name: Text,
  value: Finite,
  unit: Type.Optional(Text),
  /** Absent: nobody can say. */
  better: Type.Optional(Type.Enum([...better])),
});
export type Counted = Static<typeof Counted>;

/** Of a command that tries many: a size, a link, a rate. */
const Case = struct({ name: Text, series: list(Series), curves: list(Curve), counts: list(Counted) });
export type Case = Static<typeof Case>;

/** The same series of two runs, or of two hosts measured in turns. */
const Comparison = struct({
  case: Text,
  series: Text,
  unit: Text,
  /** Middles. */
  a: Finite,
  b: Finite,
  /** How much more B has, as a share of A, and within what that lies (kit/statistics.ts, effectOf). */
  relative: Finite,
  between: Between,
  rounds: Count,
  /** unsure: it may have changed by more than what is looked for, or not at all. */
  judged: Type.Enum(['same', 'worse', 'better', 'unsure']),
});
export type Comparison = Static<typeof Comparison>;

const HeldLimit = struct({
  name: Text,
  limit: Finite,
  unit: Text,
  /** What it was held against; absent: it could not be measured. */
  measured: Type.Optional(Finite),
  of: Text,
  held: Type.Boolean(),
});
export type HeldLimit = Static<typeof HeldLimit>;

export const results = ['passed', 'failed', 'cut_short', 'not_measured'] as const;

export const Report = struct({
  version: Type.Literal(report_version),
  command: Text,
  /** As they counted, those that nobody gave too. */
  options: Type.Record(Type.String(), Type.Union([Text, Finite, Type.Boolean()])),
  /** Of everything random in it. */
  seed: Count,
  /** UTC, by the wall clock. */
  started: Text,
  ended: Text,
  machine: Machine,
  /** Of what was measured, and measured with. */
  versions: Type.Record(Type.String(), Text),
  clock: Clock,
  cases: list(Case),
  comparisons: list(Comparison),
  /** Sentences that whoever reads the figures must know. */
  notes: list(Text),
  /** Why it is not whole; absent: it is. */
  partial: Type.Optional(Text),
  verdict: struct({ result: Type.Enum([...results]), text: Text, limits: list(HeldLimit) }),
});
export type Report = Static<typeof Report>;
export type Result = (typeof results)[number];

const kind: Kind<typeof Report> = {
  schema: Report,
  version: report_version,
  what: 'report',
  made: 'Reports are made with --out FILE or --json.',
};

/** From outside: a report of this version, or NoReportError. */
export const parseReport = (text: string, name: string): Report => parseDocument(kind, text, name);
export const readReport = (path: string): Report => readDocument(kind, path);
