import t from 'tap';
import type { Statistics } from '../contract/statistics.ts';
import '../test-limit.ts';
import type { Pictures } from '../events.ts';
import { PictureWatch, picturesOf } from './pictures.ts';

type Counts = Partial<Omit<Statistics, 'latency'>> & {
  fps?: number;
  kbps?: number;
  capture_ms?: Times;
  encode_ms?: Times;
  protect_ms?: Times;
  send_ms?: Times;
};
/** Mostly, and each twentieth time, where that is another. */
type Times = number | [number, number];

/** What a second is judged as in which this was counted. */
function judged({ fps = 60, kbps = 10_000, ...counts }: Counts, before?: Counts): Pictures {
  const asked = { video: { fps, bitrate_kbps: kbps }, transport: { fec_percent: 20 } };
  return picturesOf(report(counts), asked, before && report(before));
}

function report({ capture_ms = 0.4, encode_ms = 4, protect_ms = 0.1, send_ms = 0.2, ...counts }: Counts): Statistics {
  const stage = (times: Times) => {
    const [p50_ms, p95_ms] = typeof times === 'number' ? [times, times] : times;
    return { p50_us: p50_ms * 1000, p95_us: p95_ms * 1000, p99_us: 0, max_us: 0 };
  };
  const times = { capture: capture_ms, convert: 1, wait: 30, encode: encode_ms, protect: protect_ms, send: send_ms };
  const latency = Object.fromEntries(Object.entries(times).map(([name, time]) => [name, stage(time)]));
  return {
    interval_s: 1,
    frames_shown: 60,
    frames_captured: 60,
    frames_dropped: 0,
    frames_sent: 60,
    frames_repeated: 0,
    frames_cut_short: 0,
    send_would_block: 0,
    bytes_sent: 400_000,
    ...counts,
    latency,
  } as unknown as Statistics;
}

t.test('what bounds the pictures, and how many are missed', async (t) => {
  const cases: [string, Counts, Pictures['bound']['by'], number, RegExp][] = [
    ['all is well', {}, 'client', 0, /60 pictures a second/],
    ['a report that is late', { interval_s: 2, frames_sent: 119, frames_shown: 125 }, 'client', 0, /60 pictures/],
    ['a desktop that stands still', { frames_shown: 0, frames_sent: 1, frames_repeated: 1 }, 'desktop', 0, /still/],
    ['a desktop of 24', { frames_shown: 24, frames_sent: 25, frames_repeated: 1 }, 'desktop', 0, /shows 24/],
    ['a desktop of 54 where 60 are asked', { frames_shown: 54, frames_sent: 54 }, 'desktop', 0, /shows 54/],
    ['a desktop that shows too much', { frames_shown: 1000 }, 'client', 0, /60 pictures/],
    ['three of four missed', { frames_sent: 15, encode_ms: 61 }, 'encoder', 45, /takes 62\.0 ms of the 16\.7/],
    ['480 asked', { fps: 480, frames_shown: 480, frames_sent: 110, encode_ms: 8 }, 'encoder', 370, /of the 2\.1/],
    ['480 asked of a desktop of 60', { fps: 480, encode_ms: 8 }, 'desktop', 0, /shows 60/],
    ['a desktop that does not tell', { frames_shown: null, frames_sent: 30 }, 'desktop', 0, /does not tell/],
    ['the same, and it stands still', { frames_shown: null, frames_sent: 1, frames_repeated: 1 }, 'desktop', 0, /tell/],
    ['the same, and it is us', { frames_shown: null, frames_sent: 30, encode_ms: 30 }, 'encoder', 30, /31\.0 ms/],
    ['the same, and all is well', { frames_shown: null }, 'client', 0, /60 pictures/],
    ['frames that the network did not take', { frames_sent: 40, frames_cut_short: 20 }, 'network', 20, /not all of 20/],
    ['a picture a second asked', { fps: 1, frames_shown: 1, frames_sent: 1 }, 'client', 0, /: 1 picture a second/],
    ['a picture that is still on its way', { frames_sent: 0, send_would_block: 900 }, 'network', 60, /not taken one/],
    ['a slow network', { frames_sent: 40, send_ms: 25, encode_ms: 20 }, 'network', 20, /25\.0 ms/],
    ['packets that take their time', { frames_sent: 40, protect_ms: 15 }, 'network', 20, /waits 15\.0 ms of the 16\.7/],
    ['copies that come late', { frames_sent: 30, capture_ms: 46 }, 'capture', 30, /needs 46\.0 ms/],
    ['all of it is slow', { frames_sent: 20, capture_ms: 46, encode_ms: 40, send_ms: 14 }, 'network', 40, /14\.0 ms/],
    [
      'a few hard pictures',
      { frames_sent: 54, encode_ms: [5, 24] },
      'encoder',
      6,
      /takes 25\.0 ms .* one time in twenty$/,
    ],
    ['a few copies', { frames_sent: 54, capture_ms: [0.4, 17] }, 'capture', 6, /needs 17\.0 ms .* one time in twenty$/],
    ['a few sent slowly', { frames_sent: 54, send_ms: [0.2, 17] }, 'network', 6, /takes 17\.0 ms .* one time in/],
    ['pictures that never come', { frames_captured: 41, frames_sent: 40 }, 'desktop', 20, /of 60 .* shows 41 come$/],
    ['pictures in pairs', { frames_dropped: 30, frames_sent: 30 }, 'desktop', 30, /unevenly, 30 of them a second/],
    ['a bit rate that is used up', { kbps: 1000, bytes_sent: 145_000 }, 'client', 0, /1 Mbit\/s/],
  ];
  for (const [what, counts, by, missed, detail] of cases) {
    const { bound, missed: found } = judged(counts);
    t.match({ by: bound.by, missed: found, detail: bound.detail }, { by, missed, detail }, what);
  }
});

t.test('repetitions are no pictures, and the figures are a second’s', async (t) => {
  t.match(judged({ interval_s: 2, frames_sent: 40, frames_repeated: 10, frames_shown: 30 }), {
    sent: 15,
    shown: 15,
    asked: 60,
  });
  t.equal(judged({ frames_shown: null }).shown, null);
  t.equal(judged({ frames_shown: 0, frames_sent: 0, frames_repeated: 1 }).sent, 0, 'never less than none');
});

t.test(
  'at a picture a second one that comes just after a report was not missed, and one that does not come is',
  async (t) => {
    const [none, one] = [0, 1].map((count) => ({
      fps: 1,
      interval_s: 1.0001, // and half a picture a second is not none
      frames_shown: 1,
      frames_captured: count,
      frames_sent: count,
    }));
    for (const [newest, before] of [
      [none, one],
      [one, none],
      [one, one],
    ])
      t.match(judged({ ...newest }, before), { sent: 1, missed: 0, bound: { by: 'client' } });
    t.match(judged({ ...none }, none), { sent: 0, missed: 1, bound: { by: 'desktop', detail: /shows 0 come/ } });
    const still = { fps: 1, frames_shown: 0, frames_repeated: 1, frames_sent: 1 };
    t.match(judged(still, still), { sent: 0, missed: 0, bound: { by: 'desktop', detail: /still/ } });
  },
);

t.test('the log is told once when pictures begin to be missed, and once when that is over', async (t) => {
  const watch = new PictureWatch();
  const [well, short] = [judged({}), judged({ frames_sent: 15, encode_ms: 61 })];
  const told = (reports: Pictures[]) => reports.map((one) => watch.hear(one)?.step ?? '-').join(' ');
  t.equal(told([well, short, short, well, short, short, short, short, short]), '- - - - - - began - -');
  t.equal(told([well, well, short, well, well, well, well]), '- - - - - over -');
  t.match([short, short, short].map((one) => watch.hear(one)).at(-1), {
    code: 'pictures_missed',
    parameters: { sent: '15', wanted: '60', bound: /^the encoder: / },
  });
});
