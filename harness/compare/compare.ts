// Two runs, or two hosts measured in turns, held against each other, series by series.

import type { Case, Comparison, Report, Series } from '../kit/report.ts';
import { type Effect, effectOf, median } from '../kit/statistics.ts';

/** In which share of all comparisons one may be judged wrongly. */
const doubt = 0.01;
/** A part that is smaller changes nothing that anybody notices, however much it changes: of the largest of its case. */
const noticed_share = 0.01;
/** Of what counts: a change by so much is to be found, or else nobody may say that there is none. */
const found_surely = 2;
/** Half of an interval, of what counts: a change that is to be found surely then is, and where there is none that can be said. */
const narrow = 0.8;
/** Of fewer nobody can say how sure they are (effectOf). */
export const fewest_rounds = 4;
/** One run is looked at in so many pieces, each of neighbours. */
const pieces_of_a_run = 10;

export interface Pair {
  readonly case: string;
  readonly series: Omit<Series, 'summary' | 'values'>;
  /** Of each round. */
  readonly a: readonly (readonly number[])[];
  readonly b: readonly (readonly number[])[];
}

const piecesOf = (values: readonly number[]): readonly number[][] =>
  Array.from({ length: pieces_of_a_run }, (_, i) =>
    values.slice(
      Math.floor((i * values.length) / pieces_of_a_run),
      Math.floor(((i + 1) * values.length) / pieces_of_a_run),
    ),
  );

const seriesOf = (report: Report | undefined, name: string, series: string): Series | undefined =>
  report?.cases.find((one: Case) => one.name === name)?.series.find((one) => one.name === series);

/** Those that both have, in the order of A's first; with `only`, of these names. */
export function pairsOf(a: readonly Report[], b: readonly Report[], only?: readonly string[]): Pair[] {
  const [first] = a;
  if (first === undefined) return [];
  const roundsOf = (reports: readonly Report[], name: string, series: string) => {
    const rounds = reports.map((report) => seriesOf(report, name, series)?.values ?? []);
    return rounds.length === 1 ? piecesOf(rounds[0] ?? []) : rounds;
  };
  return first.cases.flatMap(({ name, series }) =>
    series
      .filter((one) => (only?.includes(one.name) ?? true) && seriesOf(b[0], name, one.name)?.unit === one.unit)
      .map((one) => ({
        case: name,
        series: one,
        a: roundsOf(a, name, one.name),
        b: roundsOf(b, name, one.name),
      })),
  );
}

interface Found {
  readonly pair: Pair;
  readonly effect: Effect;
  readonly a: number;
  /** As a share of A: less has not changed, as far as anybody notices. */
  readonly counts: number;
}

function effectsOf(pairs: readonly Pair[], threshold: number, seed: number): Found[] {
  const largest = new Map<string, number>();
  const kindOf = ({ case: name, series }: Pair) => `${name}\n${series.unit}`;
  const middles = pairs.map((pair) => ({ pair, a: median(pair.a.flat()) }));
  for (const { pair, a } of middles) largest.set(kindOf(pair), Math.max(largest.get(kindOf(pair)) ?? 0, Math.abs(a)));
  return middles.flatMap(({ pair, a }) => {
    const noticed = Math.max(pair.series.error, noticed_share * (largest.get(kindOf(pair)) ?? 0));
    const effect = effectOf(pair.a, pair.b, seed, { doubt: doubt / pairs.length, least: noticed });
    return effect ? { pair, effect, a, counts: Math.max(threshold, noticed / effect.base) } : [];
  });
}

function judgedOf({ effect: { relative, between }, pair: { series }, counts }: Found): Comparison['judged'] {
  const sure = between[0] > 0 || between[1] < 0;
  if (sure && Math.abs(relative) > counts) return relative > 0 === (series.better === 'less') ? 'worse' : 'better';
  return between.every((end) => Math.abs(end) < found_surely * counts) ? 'same' : 'unsure';
}

/** `threshold`: the share by which something must have changed to count. */
export function comparisonsOf(pairs: readonly Pair[], threshold: number, seed: number): Comparison[] {
  return effectsOf(pairs, threshold, seed).map((found) => {
    const { pair, effect, a } = found;
    const { difference, relative, between, rounds } = effect;
    return {
      case: pair.case,
      series: pair.series.name,
      unit: pair.series.unit,
      a,
      b: a + difference,
      relative,
      between,
      rounds,
      judged: judgedOf(found),
    };
  });
}

/**
 * Whether more rounds would tell nothing more: every interval is narrower than what is looked for. How wide it is decides, and not what
 * is in it: who stops when he likes what he sees finds what he likes.
 */
export function isSettled(pairs: readonly Pair[], threshold: number, seed: number): boolean {
  const found = effectsOf(pairs, threshold, seed);
  return (
    found.length > 0 &&
    found.every(({ effect: { between }, counts }) => (between[1] - between[0]) / 2 <= narrow * counts)
  );
}

/** Of what was measured in the same way alone; what else differs, in sentences. */
export function differences(a: Report, b: Report): string[] {
  const found: string[] = [];
  const told = (what: string, of_a: string, of_b: string) => {
    if (of_a !== of_b) found.push(`A and B differ in ${what}: ${of_a} and ${of_b}.`);
  };
  told('the machine', `${a.machine.chip}, ${a.machine.cores} cores`, `${b.machine.chip}, ${b.machine.cores} cores`);
  told('the kernel', a.machine.kernel, b.machine.kernel);
  for (const name of new Set([...Object.keys(a.options), ...Object.keys(b.options)]))
    if (!['out', 'json', 'seed', 'budget-s'].includes(name))
      told(`--${name}`, String(a.options[name] ?? 'nothing'), String(b.options[name] ?? 'nothing'));
  for (const [name, { partial }] of Object.entries({ A: a, B: b }))
    if (partial !== undefined) found.push(`${name} is partial: ${partial}`);
  return found;
}
