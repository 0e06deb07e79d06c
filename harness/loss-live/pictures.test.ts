// Freezes and recovery, of times that are known.

import t from 'tap';
import { freezesOf, gapsOf, recoveryOf } from './pictures.ts';

const ms = 1e6;
/** Pictures each 20 ms over these spans, [from, to) in ms. */
const pictures = (...spans: readonly [number, number][]): number[] =>
  spans.flatMap(([from, to]) => Array.from({ length: Math.ceil((to - from) / 20) }, (_, i) => (from + i * 20) * ms));

t.test('gaps are those between neighbours', async (t) => {
  t.same(gapsOf([]), []);
  t.same(gapsOf([5 * ms]), []);
  t.same(gapsOf([0, 20 * ms, 50 * ms]), [20, 30]);
});

t.test('a gap is a freeze from three means and from 150 ms more than one', async (t) => {
  const steady = Array.from({ length: 30 }, () => 20);
  t.same(freezesOf([...steady, 169, ...steady]), []);
  t.same(freezesOf([...steady, 170, ...steady]), [170]);
  const slow = Array.from({ length: 30 }, () => 100);
  t.same(freezesOf([...slow, 299, ...slow]), []);
  t.same(freezesOf([...slow, 300, ...slow]), [300]);
  t.same(freezesOf([20, 20, 500]), [], 'not before there is a mean to hold it against');
  t.same(freezesOf([20, 20, 20, 20, 20, 500]), [500], 'a few are enough');
});

t.test('it is over with the first picture after which none is late for half a second', async (t) => {
  t.equal(recoveryOf(pictures([0, 1000], [1300, 2000]), 1250 * ms, 20), 50);
  t.equal(recoveryOf(pictures([0, 2000]), 1005 * ms, 20), 15, 'nothing happened');
  t.equal(recoveryOf(pictures([0, 1000], [1300, 1500], [1800, 2400]), 1250 * ms, 20), 550, 'it froze again');
  t.equal(recoveryOf(pictures([0, 1000], [1300, 1600]), 1250 * ms, 20), undefined, 'not long enough yet');
  t.equal(recoveryOf(pictures([0, 1000]), 1250 * ms, 20), undefined);
});
