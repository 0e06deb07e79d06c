import t from 'tap';
import '../test-limit.ts';
import { courseOf, type History, kept_seconds, remember, totalOf } from './history.ts';
import type { Frame, Statistics } from './types.ts';

const frame = (bytes: number): Frame => ({
  ...{ frame: 1, sent_at_us: 0, capture_us: 1, convert_us: 2, wait_us: 4, encode_us: 8, protect_us: 16, send_us: 32 },
  ...{ bytes, idr: false },
});
const report = (frames_sent: number, frames: Frame[] | null = null) => ({ frames_sent, frames }) as Statistics;

t.test('reports come in order, and the oldest go', async (t) => {
  const reports = Array.from({ length: kept_seconds + 5 }, (_, index) => report(index));
  const history = reports.reduce<History>((before, one) => remember(before, 'a', one), new Map());
  t.same(courseOf(history, 'a').reports, reports.slice(-kept_seconds));
});

t.test('streams do not mix; a stranger has nothing', async (t) => {
  const both = remember(remember(new Map(), 'a', report(1)), 'b', report(2));
  t.same(courseOf(both, 'a').reports, [report(1)]);
  t.same(courseOf(both, 'b').reports, [report(2)]);
  t.same(courseOf(both, 'c'), { reports: [], frames: [] });
});

t.test('the times of pictures are kept where they are told', async (t) => {
  let history: History = new Map();
  for (let second = 0; second < 12; second++)
    history = remember(history, 'a', report(60, second === 3 ? null : Array.from({ length: 60 }, () => frame(second))));
  const { frames } = courseOf(history, 'a');
  t.equal(frames.length, 600);
  t.same([frames[0]?.bytes, frames.at(-1)?.bytes], [1, 11]);
  t.equal(totalOf(frame(0)), 63);
});
