import t from 'tap';
import type { StreamSummary } from './summary.ts';
import { default_max_lost_percent, judge } from './verdict.ts';

/** A summary as far as it is judged. */
const summary = (
  frames: number,
  frames_lost: number,
  changes: { ok?: boolean; fps?: number; file_error?: string } = {},
) =>
  ({
    ended: { how: 'stopped', reason: 0, text: 'ended here', ok: changes.ok ?? true },
    video: { frames, frames_lost, fps: changes.fps ?? 60, duration_s: 5, file_error: changes.file_error ?? '' },
  }) as unknown as StreamSummary;
const limits = { max_lost_percent: default_max_lost_percent, min_fps: 0 };

t.test('verdicts', async (t) => {
  const cases: [string, StreamSummary, typeof limits, number, boolean, string, RegExp][] = [
    ['all came', summary(300, 0), limits, 5, false, 'passed', /300 frames in 5\.0 s, 0 missing/],
    ['few lost', summary(290, 10), limits, 5, false, 'passed', /10 missing/],
    [
      'nearly all lost, no limit given',
      summary(5, 252),
      limits,
      30,
      false,
      'failed',
      /252 of 257 frames are missing \(98\.1 %/,
    ],
    ['none at all', summary(0, 0), limits, 30, false, 'failed', /0 of 0 frames/],
    ['a limit on loss', summary(290, 10), { ...limits, max_lost_percent: 1 }, 5, false, 'failed', /at most 1 %/],
    [
      'a limit on the rate',
      summary(300, 0, { fps: 41 }),
      { ...limits, min_fps: 55 },
      5,
      false,
      'failed',
      /41 frames\/s came/,
    ],
    ['cancelled', summary(300, 0), limits, 30, true, 'cut_short', /after 5\.0 of 30 s/],
    ['cancelled, but bad already', summary(5, 252), limits, 30, true, 'failed', /missing/],
    ['ended by hand, as it was to be', summary(300, 0), limits, 0, true, 'passed', /good/],
    ['the host failed', summary(300, 0, { ok: false }), limits, 5, false, 'failed', /ended here/],
    ['a file', summary(300, 0, { file_error: 'the disk is full' }), limits, 5, false, 'failed', /the disk is full/],
  ];
  for (const [name, of, with_limits, due_s, interrupted, result, text] of cases) {
    t.match(judge(of, with_limits, due_s, interrupted), { result, text }, name);
  }
});
