import t from 'tap';
import { percentile } from '../kit/statistics.ts';
import { figures, type JudgedPicture } from './judged.ts';
import { medianOf, ratios } from './picture.ts';

t.test('percentiles are by nearest rank', async (t) => {
  const values = Array.from({ length: 20 }, (_, i) => 20 - i);
  t.equal(percentile(values, 0.5), 10);
  t.equal(percentile(values, 0.95), 19);
  t.equal(percentile(values, 1), 20);
  t.equal(percentile(values, 0), 1);
  t.equal(percentile([7], 0.05), 7);
  t.ok(Number.isNaN(percentile([], 0.5)));
});

// 60 a second from a desktop that shows 120: each second number, each 10 ms old.
const interval_ns = 1e9 / 60;
const smooth = (count: number): JudgedPicture[] =>
  Array.from({ length: count }, (_, i) => ({
    received_ns: i * interval_ns + 10e6,
    bytes: 1000,
    number: 100 + 2 * i,
    painted_ns: i * interval_ns,
    ssim: 0.99,
    stale_bands: 0,
  }));
const window = { from_ns: 0, to_ns: 1e12, fps: 60, pauses: false };

t.test('what pictures come to', async (t) => {
  const all = figures(smooth(61), window);
  if (!all) throw new Error('no figures');
  t.equal(Math.round(all.received_per_s), 60);
  t.equal(Math.round(all.shown_per_s), 120);
  t.match(all, { repeated: 0, missed: 60, held: 0, mixed: 0, count: 61, bytes_per_picture: 1000 });
  t.equal(Math.round(all.painted_to_received_ms.p50), 10);

  await t.test('a picture that is late', async (t) => {
    const late = smooth(61).map((one, i) => (i === 30 ? { ...one, received_ns: one.received_ns + 14e6 } : one));
    const some = figures(late, window);
    t.match(some, { held: 1, repeated: 0, missed: 60 });
    t.equal(Math.round(some?.painted_to_received_ms.p50 ?? 0), 10);
    t.equal(
      Math.round(figures(late.slice(27, 34), window)?.painted_to_received_ms.p95 ?? 0),
      24,
      'the worst of few is within 95 %',
    );
  });

  await t.test('one that comes again is repeated, not received; its quality is that of the first time', async (t) => {
    const again = smooth(61).flatMap((one, i) =>
      i === 5 ? [one, { ...one, received_ns: one.received_ns + 1e6, ssim: 1 }] : [one],
    );
    const some = figures(again, window);
    t.match(some, { repeated: 1, missed: 60, count: 62 });
    t.equal(Math.round(some?.received_per_s ?? 0), 60);
    t.equal(some?.ssim.mean.toFixed(4), '0.9900');
  });

  await t.test('one with rows of another is mixed; the worst twentieth is told', async (t) => {
    const some = figures(
      smooth(61).map((one, i) => (i < 4 ? { ...one, stale_bands: 2, ssim: 0.5 } : one)),
      window,
    );
    t.match(some, { mixed: 4, ssim: { p5: 0.5 } });
  });

  await t.test('one that stands is judged as it is after half a second, its repeats with it', async (t) => {
    const moving = smooth(20);
    const last = moving[10] as JudgedPicture;
    const ms = (after: number, ssim: number) => ({ ...last, received_ns: last.painted_ns + after * 1e6, ssim });
    const resting = [
      ...moving.slice(0, 10),
      ...[ms(10, 0.9), ms(110, 0.97), ms(400, 0.98), ms(600, 1)],
      ...moving
        .slice(11)
        .map((one) => ({ ...one, received_ns: one.received_ns + 1e9, painted_ns: one.painted_ns + 1e9 })),
    ];
    const some = figures(resting, { ...window, pauses: true });
    t.match(some, { ssim: { settled: 0.98 }, repeated: 3 });
    t.ok(Number.isNaN(some?.held));
    t.match(figures(resting, window), { held: 1 });
    t.ok(Number.isNaN(figures(moving, window)?.ssim.settled), 'none stood');
  });

  t.match(figures(smooth(61), { ...window, from_ns: 0.5e9 }), { count: 31 }, 'what came earlier is left out');
  t.equal(figures(smooth(1), window), undefined);
});

const row = (side: 'A' | 'B', ms: number) => ({
  ...({ case: 'pan', side, asked_per_s: 60 } as const),
  ...(figures(smooth(61), window) as NonNullable<ReturnType<typeof figures>>),
  painted_to_received_ms: { p50: ms, p95: 2 * ms },
  ...{ cpu_ms_per_picture: 4, cores: { engine: 0, compositor: 0, beacon: 0, host: 0 }, other_cores: 0, paint_ms: 1 },
  ...{ stages_ms: {}, header_ms: { p50: 0, p95: 0 } },
});

t.test('ratios are of A to B', async (t) => {
  const [, line = ''] = ratios([row('A', 10), row('B', 20), { ...row('A', 1), case: 'alone' }]).split('\n');
  t.same(line.split(/ {2,}/), ['pan', '1.00', '0.50', '0.50', '1.00', '1.00', '+0.0000']);
});

t.test('of several runs each figure is the median, however deep it lies', async (t) => {
  t.same(
    medianOf([
      { a: 1, b: { c: 30 } },
      { a: 3, b: { c: 10 } },
      { a: 2, b: { c: 20 } },
    ]),
    { a: 2, b: { c: 20 } },
  );
});
