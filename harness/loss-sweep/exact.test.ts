import t, { type Test } from 'tap';
import { type Block, four_sigma_tail, frameLoss, logGamma, tailOf } from './exact.ts';

const close = (t: Test, found: number, wanted: number, relative: number, what: string) =>
  t.ok(Math.abs(found - wanted) <= relative * Math.abs(wanted), `${what}: ${found}, wanted ${wanted}`);

// Every pattern of losses of a few packets, one by one.
function byEnumeration(blocks: readonly Block[], rate: number, mean_burst: number): number {
  const sizes = blocks.map(({ data, parity }) => data + parity);
  const packets = sizes.reduce((sum, n) => sum + n, 0);
  const stay_bad = mean_burst > 1 ? 1 - 1 / mean_burst : rate;
  const turn_bad = mean_burst > 1 ? rate / (1 - rate) / mean_burst : rate;
  let dead = 0;
  for (let pattern = 0; pattern < 2 ** packets; pattern++) {
    const lost = Array.from({ length: packets }, (_, i) => ((pattern >> i) & 1) === 1);
    let probability = 1;
    lost.forEach((bad, i) => {
      const p_bad = i === 0 ? rate : lost[i - 1] ? stay_bad : turn_bad;
      probability *= bad ? p_bad : 1 - p_bad;
    });
    let first = 0;
    let fails = false;
    blocks.forEach(({ parity }, b) => {
      const count = lost.slice(first, first + (sizes[b] ?? 0)).filter(Boolean).length;
      if (count > parity) fails = true;
      first += sizes[b] ?? 0;
    });
    if (fails) dead += probability;
  }
  return dead;
}

t.test('log gamma gives factorials', async (t) => {
  close(t, Math.exp(logGamma(6)), 120, 1e-8, '5!');
  close(t, logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-8, 'of one half');
  close(t, logGamma(171), 706.5730622457874, 1e-9, '170!');
});

t.test('a frame dies as often as counting all patterns says', async (t) => {
  const shapes: Block[][] = [
    [{ data: 5, parity: 2 }],
    [{ data: 3, parity: 0 }],
    [
      { data: 4, parity: 1 },
      { data: 3, parity: 2 },
    ],
    [
      { data: 2, parity: 1 },
      { data: 2, parity: 0 },
      { data: 3, parity: 1 },
    ],
  ];
  for (const blocks of shapes)
    for (const rate of [0.005, 0.1, 0.4])
      for (const mean_burst of [1, 2, 8])
        close(
          t,
          frameLoss(blocks, { rate, mean_burst }),
          byEnumeration(blocks, rate, mean_burst),
          1e-8,
          `${JSON.stringify(blocks)} at ${rate} in bursts of ${mean_burst}`,
        );
});

t.test('bursts of one packet in an unrelated chain are random losses', async (t) => {
  // A chain that forgets at once: staying bad is as likely as turning bad, so the mean burst is 1 / (1 - rate).
  const blocks = [{ data: 40, parity: 8 }];
  const rate = 0.2;
  close(
    t,
    frameLoss(blocks, { rate, mean_burst: 1 / (1 - rate) }),
    frameLoss(blocks, { rate, mean_burst: 1 }),
    1e-8,
    'both ways',
  );
});

t.test('published figures', async (t) => {
  // docs/transport.md, 5: 20 % parity, one block of 379 and two of 190, random loss.
  const one = [{ data: 379, parity: 76 }];
  const two = [
    { data: 190, parity: 38 },
    { data: 189, parity: 38 },
  ];
  close(t, frameLoss(one, { rate: 0.12, mean_burst: 1 }), 1.3e-3, 0.05, 'one block at 12 %');
  close(t, frameLoss(two, { rate: 0.1, mean_burst: 1 }), 1.2e-3, 0.05, 'two blocks at 10 %');
});

t.test('counts are judged by how unlikely they are', async (t) => {
  t.ok(tailOf(100, 1000, 0.1) > 0.4, 'the mean');
  // sigma is 9.49 here
  t.ok(tailOf(100 + 30, 1000, 0.1) > four_sigma_tail, 'three sigma is allowed');
  t.ok(tailOf(100 + 44, 1000, 0.1) < four_sigma_tail, 'more than four is not');
  t.ok(tailOf(100 - 40, 1000, 0.1) < four_sigma_tail, 'nor below');
  t.ok(tailOf(0, 1000, 1e-9) > 0.99, 'nothing seen of what is rare');
  t.ok(tailOf(2, 1000, 1e-9) < four_sigma_tail, 'twice what is rare');
  t.equal(tailOf(1000, 1000, 1), 1, 'what is certain');
});
