import t from 'tap';
import '../../src/test-limit.ts';
import type { Report } from '../kit/report.ts';
import { CaseRecord } from '../kit/run.ts';
import { random } from '../kit/statistics.ts';
import { comparisonsOf, isSettled, pairsOf } from './compare.ts';

/** A value of a normal distribution (Box and Muller). */
const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** Latencies as a busy machine has them: neighbours alike, most near 10 ms, one in fifty far out. */
function latencies(count: number, next: () => number, slower = 1): number[] {
  let state = normal(next);
  return Array.from({ length: count }, () => {
    state = 0.8 * state + 0.6 * normal(next);
    const far = next() < 0.02 ? 5 / (0.02 + next()) : 0;
    return slower * (8 + 2 * Math.exp(0.3 * state)) + far;
  });
}

/** A report of them, as far as it is compared. */
const made = (values: readonly number[]): Report =>
  ({
    cases: [{ name: '', series: [{ name: 'latency', unit: 'ms', better: 'less', error: 0, values }] }],
  }) as unknown as Report;

const threshold = 0.05;

/** As `compare` does it: in turns, until more would tell nothing. The machine itself changes from minute to minute, by more than what is looked for. */
function judged(seed: number, slower: number): { judged: string | undefined; rounds: number } {
  const next = random(seed);
  const [a, b]: [Report[], Report[]] = [[], []];
  for (let round = 0; round < 100; round++) {
    const of_a = 1 + 0.1 * normal(next);
    const of_b = of_a + 0.05 * normal(next);
    a.push(made(latencies(200, next, of_a)));
    b.push(made(latencies(200, next, of_b * slower)));
    if (round % 4 === 3 && round > 4 && isSettled(pairsOf(a, b), threshold, seed)) break;
  }
  return { judged: comparisonsOf(pairsOf(a, b), threshold, seed)[0]?.judged, rounds: a.length };
}

t.test('a tenth more is seen 20 times of 20, and nothing where nothing is', async (t) => {
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
  const tries = (slower: number) => seeds.map((seed) => judged(seed, slower));
  const [slower, same, faster] = [tries(1.1), tries(1), tries(1 / 1.1)];
  t.same(new Set(slower.map(({ judged }) => judged)), new Set(['worse']));
  t.same(new Set(same.map(({ judged }) => judged)), new Set(['same']));
  t.same(new Set(faster.map(({ judged }) => judged)), new Set(['better']));
  t.ok(Math.max(...same.map(({ rounds }) => rounds)) < 100, 'and it ends');
});

t.test('a figure whose noise is too large ends as nobody can tell, and never as no regression', async (t) => {
  const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
  const words = seeds.map((seed) => {
    const next = random(seed);
    const side = (slower: number) =>
      Array.from({ length: 8 }, () => made(latencies(200, next, slower * Math.exp(0.3 * normal(next)))));
    return comparisonsOf(pairsOf(side(1), side(seed % 2 === 0 ? 1 : 1.1)), threshold, seed)[0]?.judged;
  });
  t.notOk(words.includes('same'), `${words}`);
  t.ok(words.filter((one) => one === 'unsure').length > 30);
});

t.test('what was nothing and is something now is seen', async (t) => {
  const both = (waits: number): Report => {
    const one = new CaseRecord('', 1);
    const way = { unit: 'ms', from: 'here', to: 'there' };
    one.addSeries({ ...way, name: 'all', values: Array.from({ length: 100 }, (_, i) => 20 + waits + (i % 3) / 100) });
    one.addSeries({ ...way, name: 'wait', values: Array.from({ length: 100 }, () => waits) });
    return { cases: [{ name: '', series: one.series, curves: [], counts: [] }] } as unknown as Report;
  };
  t.match(comparisonsOf(pairsOf([both(0)], [both(3)]), threshold, 1)[1], { series: 'wait', judged: 'worse' });
  t.match(comparisonsOf(pairsOf([both(0)], [both(0)]), threshold, 1)[1], { series: 'wait', judged: 'same' });
});

t.test('what nobody would notice is no regression', async (t) => {
  const both = (small: number): Report => {
    const one = new CaseRecord('', 1);
    const next = random(small * 1000);
    for (const [name, middle] of [
      ['all', 20],
      ['a part', small],
    ] as const)
      one.addSeries({
        name,
        unit: 'ms',
        from: 'here',
        to: 'there',
        values: Array.from({ length: 300 }, () => middle * (1 + 0.01 * next())),
      });
    return { cases: [{ name: '', series: one.series, curves: [], counts: [] }] } as unknown as Report;
  };
  const found = comparisonsOf(pairsOf([both(0.01)], [both(0.02)]), threshold, 1);
  t.match(found, [
    { series: 'all', judged: 'same' },
    { series: 'a part', judged: 'same' },
  ]);
  t.match(comparisonsOf(pairsOf([both(1)], [both(2)]), threshold, 1)[1], { judged: 'worse' });
});
