// Two runs, or two hosts measured in turns, held against each other, series by series.

import type { Case, Comparison, Report, Series } from '../kit/report.ts';
import { type Effect, effectOf, median } from '../kit/statistics.ts';

/** In which share of all comparisons one may be judged wrongly. */
const doubt = 0.01;
/** A part that is smaller changes nothing that anybody notices, however much it changes: of the largest of its case. */
const noticed_share = 0.01;
/** Half of an interval, of the threshold: what is twice the threshold is then found nearly always. */
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

/** Those that both have, in the order of A's first. */
export function pairsOf(a: readonly Report[], b: readonly Report[]): Pair[] {
  const [first] = a;
  if (first === undefined) return [];
  const roundsOf = (reports: readonly Report[], name: string, series: string) => {
    const rounds = reports.map((report) => seriesOf(report, name, series)?.values ?? []);
    return rounds.length === 1 ? piecesOf(rounds[0] ?? []) : rounds;
  };
  return first.cases.flatMap(({ name, series }) =>
    series
      .filter((one) => seriesOf(b[0], name, one.name)?.unit === one.unit)
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
  /** What is smaller changes nothing that anybody notices, in the series' unit. */
  readonly noticed: number;
}

function effectsOf(pairs: readonly Pair[], seed: number): Found[] {
  const largest = new Map<string, number>();
  const kindOf = ({ case: name, series }: Pair) => `${name}\n${series.unit}`;
  const middles = pairs.map((pair) => ({ pair, a: median(pair.a.flat()) }));
  for (const { pair, a } of middles) largest.set(kindOf(pair), Math.max(largest.get(kindOf(pair)) ?? 0, Math.abs(a)));
  return middles.flatMap(({ pair, a }) => {
    const effect = effectOf(pair.a, pair.b, seed, doubt / pairs.length);
    const noticed = Math.max(pair.series.error, noticed_share * (largest.get(kindOf(pair)) ?? 0));
    return effect ? { pair, effect, a, noticed } : [];
  });
}

/** `threshold`: the share by which something must have changed to count. */
export function comparisonsOf(pairs: readonly Pair[], threshold: number, seed: number): Comparison[] {
  return effectsOf(pairs, seed).map(({ pair: { case: name, series }, effect, a, noticed }) => {
    const { difference, relative, between, rounds } = effect;
    const sure = between[0] > 0 || between[1] < 0;
    const changed = sure && Math.abs(relative) > threshold && Math.abs(difference) >= noticed;
    const worse = series.better === 'less' ? difference > 0 : difference < 0;
    const judged = changed ? (worse ? 'worse' : 'better') : 'same';
    return {
      case: name,
      series: series.name,
      unit: series.unit,
      a,
      b: a + difference,
      relative,
      between,
      rounds,
      judged,
    };
  });
}

/**
 * Whether more rounds would tell nothing more: every interval is narrower than what is looked for, of series in which that would be
 * noticed. How wide it is decides, and not what is in it: who stops when he likes what he sees finds what he likes.
 */
export function isSettled(pairs: readonly Pair[], threshold: number, seed: number): boolean {
  const found = effectsOf(pairs, seed);
  return (
    found.length > 0 &&
    found
      .filter(({ a, noticed }) => Math.abs(a) * threshold >= noticed)
      .every(({ effect: { between } }) => (between[1] - between[0]) / 2 <= narrow * threshold)
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
