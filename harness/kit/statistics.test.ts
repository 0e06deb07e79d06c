import fc from 'fast-check';
import t from 'tap';
import '../../src/test-limit.ts';
import { effectOf, percentile, random, summarize } from './statistics.ts';

/** A value of a normal distribution (Box and Muller). */
const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

t.test('percentiles are by nearest rank', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const found = percentile(values, share);
        const not_above = values.filter((value) => value <= found).length;
        const below = values.filter((value) => value < found).length;
        return (
          values.includes(found) && not_above >= share * values.length && (below === 0 || below < share * values.length)
        );
      },
    ),
  );
  t.ok(Number.isNaN(percentile([], 0.5)));
  const summary = summarize(
    Array.from({ length: 100 }, (_, i) => i + 1),
    1,
  );
  t.match(summary, { count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
});

t.test('of nothing there is no summary, of one value no interval', async (t) => {
  t.equal(summarize([], 1), undefined);
  t.same(summarize([3], 1), { count: 1, p50: 3, p95: 3, p99: 3, max: 3 });
});

t.test('a seed repeats everything, and another is another', async (t) => {
  const values = Array.from({ length: 500 }, random(1));
  t.same(summarize(values, 7), summarize(values, 7));
  t.notSame(summarize(values, 7), summarize(values, 8));
  const first = Array.from({ length: 10_000 }, random(3));
  t.ok(first.every((value) => value >= 0 && value < 1));
  t.ok(Math.abs(first.reduce((sum, value) => sum + value, 0) / first.length - 0.5) < 0.02);
  t.not(random(1)(), random(2)());
});

/** How many of `tries` intervals hold the true middle. */
function held(tries: number, make: (next: () => number) => number[], truth: number): number {
  let count = 0;
  for (let seed = 1; seed <= tries; seed++) {
    const [low, high] = summarize(make(random(seed)), seed)?.between?.p50 ?? [1, 0];
    if (low <= truth && truth <= high) count++;
  }
  return count;
}

t.test('an interval of 95 % holds the truth about 95 times of 100', async (t) => {
  const independent = held(200, (next) => Array.from({ length: 300 }, () => normal(next)), 0);
  t.ok(independent >= 180 && independent <= 199, `${independent} of 200, independent`);
  // Of neighbours that are alike each value tells less. Blocks of one would hold about 130.
  const alike = held(
    200,
    (next) => {
      let state = normal(next);
      return Array.from({ length: 600 }, () => {
        state = 0.8 * state + 0.6 * normal(next);
        return state;
      });
    },
    0,
  );
  t.ok(alike >= 172, `${alike} of 200, neighbours alike`);
});

t.test('few rounds have no effect that anybody could be sure of', async (t) => {
  t.equal(effectOf([[1], [1], [1]], [[2], [2], [2]], 1), undefined);
  t.match(effectOf([[1], [1], [1], [1]], [[2], [2], [2], [2]], 1), { relative: 1, between: [1, 1], rounds: 4 });
});

t.test('an interval of 99 in 100 misses nothing more often than that, also of few rounds', async (t) => {
  for (const rounds of [4, 8]) {
    const tries = 200;
    let missed = 0;
    for (let seed = 1; seed <= tries; seed++) {
      const next = random(seed);
      const side = () => Array.from({ length: rounds }, () => [10 + normal(next)]);
      const { between: [low, high] = [1, 0] } = effectOf(side(), side(), seed) ?? {};
      if (low > 0 || high < 0) missed++;
    }
    t.ok(missed <= 7, `${rounds} rounds: ${missed} of ${tries}`);
  }
});
