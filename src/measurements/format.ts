// A measurement is a file of lines of JSON: what it came to, and then the kit's report of each part. Of a report what people look at is
// read; harness/README.md says what its figures mean.

import { type Static, Type } from 'typebox';
import { part_names } from './parts.ts';

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Words = Type.String({ maxLength: 4000 });
const Sentence = Type.String({ maxLength: 4000 });
const Moment = Type.String({ maxLength: 32 });
const list = <T extends Type.TSchema>(schema: T, maxItems: number) => Type.Array(schema, { maxItems });

export const MeasuredPart = Type.Object(
  {
    name: Type.Enum([...part_names]),
    /** waiting and running while the measurement goes on; then what the kit judged, or that there was no time for it. */
    state: Type.Enum(['waiting', 'running', 'passed', 'failed', 'cut_short', 'not_measured', 'left_out']),
    /** What it is doing, or what came of it, for people. */
    detail: Sentence,
  },
  { title: 'MeasuredPart' },
);
export type MeasuredPart = Static<typeof MeasuredPart>;

/** A figure that fails the part of latency; null: none. */
export const MeasurementLimits = Type.Object(
  {
    /** Painted to decoded, of 95 in 100 pictures. */
    max_p95_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 10_000 })),
    min_fps: Type.Optional(Type.Number({ minimum: 0, maximum: 1000 })),
    max_loss_percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  },
  { title: 'MeasurementLimits', additionalProperties: false },
);
export type MeasurementLimits = Static<typeof MeasurementLimits>;

const summary = {
  started_at: Moment,
  /** null while it goes on. */
  ended_at: Nullable(Moment),
  state: Type.Enum(['running', 'done', 'cut_short']),
  /** Why it was cut short; empty: it was not. */
  reason: Sentence,
  limits: MeasurementLimits,
  parts: list(MeasuredPart, part_names.length),
};

/** The first line. */
export const Head = Type.Object({
  measurement: Type.Literal(1),
  host_version: Type.String({ maxLength: 64 }),
  ...summary,
});
export type Head = Static<typeof Head>;

const entry = {
  id: Type.String(),
  ...summary,
  state: Type.Enum([...summary.state.enum, 'damaged']),
  started_at: Nullable(Moment),
  size_bytes: Type.Integer({ minimum: 0 }),
  /** There is a page to keep. */
  has_page: Type.Boolean(),
};
export const MeasurementEntry = Type.Object(entry, { title: 'Measurement' });
export type MeasurementEntry = Static<typeof MeasurementEntry>;

const MeasuredSeries = Type.Object(
  {
    name: Words,
    unit: Words,
    from: Words,
    to: Words,
    /** By how much every value may be off. */
    error: Type.Number(),
    count: Type.Integer(),
    p50: Type.Number(),
    p95: Type.Number(),
    p99: Type.Number(),
    max: Type.Number(),
  },
  { title: 'MeasuredSeries' },
);

const MeasuredCount = Type.Object({ name: Words, value: Type.Number(), unit: Words }, { title: 'MeasuredCount' });

const MeasuredReport = Type.Object(
  {
    part: Type.Enum([...part_names]),
    machine: Type.Object({
      chip: Words,
      cores: Type.Integer(),
      distribution: Words,
      kernel: Words,
      load: Type.Number(),
    }),
    notes: list(Sentence, 200),
    cases: list(Type.Object({ name: Words, series: list(MeasuredSeries, 200), counts: list(MeasuredCount, 200) }), 200),
  },
  { title: 'MeasuredReport' },
);
type MeasuredReport = Static<typeof MeasuredReport>;

export const MeasurementDetail = Type.Object(
  { ...entry, reports: list(MeasuredReport, part_names.length) },
  { title: 'MeasurementDetail' },
);
export type MeasurementDetail = Static<typeof MeasurementDetail>;

/** What is read of a report as the kit writes it (harness/kit/report.ts). */
export const KitReport = Type.Object({
  version: Type.Literal(1),
  machine: MeasuredReport.properties.machine,
  notes: MeasuredReport.properties.notes,
  cases: list(
    Type.Object({
      name: Words,
      series: list(
        Type.Object({
          name: Words,
          unit: Words,
          from: Words,
          to: Words,
          error: Type.Number(),
          summary: Type.Object({
            count: Type.Integer(),
            p50: Type.Number(),
            p95: Type.Number(),
            p99: Type.Number(),
            max: Type.Number(),
          }),
        }),
        200,
      ),
      counts: list(Type.Object({ name: Words, value: Type.Number(), unit: Type.Optional(Words) }), 200),
    }),
    200,
  ),
  verdict: Type.Object({
    result: Type.Enum(['passed', 'failed', 'cut_short', 'not_measured']),
    text: Sentence,
  }),
});
export type KitReport = Static<typeof KitReport>;

/** Of a kit of another version, perhaps. */
export const OtherReport = Type.Object({ version: Type.Number() });

/** A line behind the first. */
export const ReportLine = Type.Object({ part: Type.Enum([...part_names]), report: KitReport });
export type ReportLine = Static<typeof ReportLine>;

/** What people look at. */
export function figuresOf({ part, report: { machine, notes, cases } }: ReportLine): MeasuredReport {
  const { chip, cores, distribution, kernel, load } = machine;
  return {
    part,
    machine: { chip, cores, distribution, kernel, load },
    notes,
    cases: cases.map(({ name, series, counts }) => ({
      name,
      series: series.map(({ name, unit, from, to, error, summary: { count, p50, p95, p99, max } }) => ({
        ...{ name, unit, from, to, error, count, p50, p95, p99, max },
      })),
      counts: counts.map(({ name, value, unit = '' }) => ({ name, value, unit })),
    })),
  };
}
