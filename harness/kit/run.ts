// One measurement while it goes on: what it is told, what it has measured so far, and whether it must end.

import type { Better, Case, Comparison, Counted, Curve, HeldLimit, Report, Series } from './report.ts';
import { max_values } from './report.ts';
import { summarize } from './statistics.ts';

/** It cannot be measured here. A sentence: what is missing, and what to do. */
export class NotMeasured extends Error {}

/** Options by which figures are judged, each the same for all commands. `most`: more fails; else less. */
export const limit_table = {
  'max-loss': { unit: '%', most: true, text: 'a larger share of frames that are missing fails' },
  'min-fps': { unit: 'frames/s', most: false, text: 'fewer whole frames a second fail' },
  'max-p95-ms': { unit: 'ms', most: true, text: 'a latency that fewer than 95 of 100 keep fails' },
  'min-ssim': { unit: '', most: false, text: 'a likeness (1: equal) that fewer than 95 of 100 pictures have fails' },
  'min-psnr-db': { unit: 'dB', most: false, text: 'a likeness that fewer than 95 of 100 pictures have fails' },
} as const;
export type LimitName = keyof typeof limit_table;

export interface NewSeries extends Pick<Series, 'name' | 'unit' | 'from' | 'to'> {
  readonly values: readonly number[];
  /** Zero without it. */
  readonly error?: number;
  /** Less without it. */
  readonly better?: Series['better'];
}

/** What was measured of one thing: a size, a link, a rate. */
export class CaseRecord {
  readonly name: string;
  readonly series: Series[] = [];
  readonly curves: Curve[] = [];
  readonly counts: Counted[] = [];
  readonly #seed: number;

  constructor(name: string, seed: number) {
    this.name = name;
    this.#seed = seed;
  }

  /** Of no values there is no series: it was not measured. */
  addSeries({ values, error = 0, better = 'less', ...named }: NewSeries): Series | undefined {
    const summary = summarize(thinned(values), this.#seed);
    if (!summary) return undefined;
    // The largest and the count are those of all values.
    const whole = { ...summary, count: values.length, max: values.reduce((most, one) => Math.max(most, one)) };
    const series: Series = { ...named, better, error, summary: plain(whole), values: thinned(values).map(rounded) };
    this.series.push(series);
    return series;
  }

  addCurve(curve: Curve): void {
    this.curves.push(curve);
  }

  addCount(name: string, value: number, unit?: string, better?: Better): void {
    const said = { ...(unit === undefined ? {} : { unit }), ...(better === undefined ? {} : { better }) };
    this.counts.push({ name, value, ...said });
  }
}

/** Figures have no more digits than anybody can measure. */
const rounded = (value: number): number => Number(value.toPrecision(7));
const plain = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' ? rounded(one) : one))) as T;

function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= max_values) return values;
  return Array.from({ length: max_values }, (_, i) => values[Math.floor((i * values.length) / max_values)] ?? 0);
}

export interface RunOptions<V> {
  readonly values: V;
  readonly operands: readonly string[];
  readonly seed: number;
  readonly budget_s: number;
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

export class Run<V> {
  readonly values: V;
  readonly operands: readonly string[];
  readonly seed: number;
  /** Aborted when the measurement must end: by a signal, or because its time is up. */
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
  readonly cases: CaseRecord[] = [];
  readonly comparisons: Comparison[] = [];
  readonly notes: string[] = [];
  readonly held: HeldLimit[] = [];
  readonly versions: Record<string, string> = {};
  clock: Report['clock'] = { name: 'CLOCK_MONOTONIC', error_ms: 0, how: 'one machine, one clock' };
  readonly #limits: RunOptions<V>['limits'];
  readonly #ends_ms: number;

  constructor(options: RunOptions<V>) {
    this.values = options.values;
    this.operands = options.operands;
    this.seed = options.seed;
    this.signal = options.signal;
    this.progress = options.progress;
    this.#limits = options.limits;
    this.#ends_ms = performance.now() + options.budget_s * 1000;
  }

  /** Of the time budget. */
  get left_s(): number {
    return Math.max(0, (this.#ends_ms - performance.now()) / 1000);
  }

  newCase(name: string): CaseRecord {
    const made = new CaseRecord(name, this.seed);
    this.cases.push(made);
    return made;
  }

  /** A sentence that whoever reads the figures must know; once. */
  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }

  /** Holds a figure against a limit, when somebody gave it. `of`: what it is a figure of. */
  hold(name: LimitName, measured: number | undefined, of: string): void {
    const limit = this.#limits[name];
    if (limit === undefined) return;
    const { unit, most } = limit_table[name];
    const held = measured !== undefined && (most ? measured <= limit : measured >= limit);
    this.held.push({ name, limit, unit, of, held, ...(measured === undefined ? {} : { measured: rounded(measured) }) });
  }

  /** What fails without a limit: what was to work did not. A sentence. */
  readonly failures: string[] = [];
  fail(sentence: string): void {
    this.failures.push(sentence);
  }

  /** What was measured, and is not sure enough to be judged. A sentence. */
  readonly doubts: string[] = [];
  doubt(sentence: string): void {
    this.doubts.push(sentence);
  }

  /** As they are put into a report: those of which nothing was measured are left out. */
  wholeCases(): Case[] {
    return this.cases
      .filter(({ series, curves, counts }) => series.length + curves.length + counts.length > 0)
      .map(({ name, series, curves, counts }) => ({ name, series, curves, counts }));
  }
}
