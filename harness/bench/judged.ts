// The pictures of a run as punktfunk-judge tells them, and what they come to.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { mean, percentile } from '../kit/statistics.ts';
import { judge_program } from './built.ts';

/** One picture as the client had it. `ssim` and `stale_bands`: against what was painted for its number. */
export interface JudgedPicture {
  readonly received_ns: number;
  readonly bytes: number;
  readonly number: number;
  readonly painted_ns: number;
  readonly ssim: number;
  readonly stale_bands: number;
}

export interface PictureFigures {
  /** Painted by the beacon, which paints when the compositor asks: what the compositor could show. */
  shown_per_s: number;
  /** With a number that the one before did not have. */
  received_per_s: number;
  /** Came with the number of the one before. */
  repeated: number;
  /** Were shown, and never came. */
  missed: number;
  /** Times that nothing new came for 1.5 intervals: a screen of the asked rate showed a picture twice. NaN: what is shown pauses. */
  held: number;
  /** From the start of painting until it was whole at the client. */
  painted_to_received_ms: { p50: number; p95: number };
  bytes_per_picture: number;
  /** Luma; of the pictures as they first came. settled: the least of those that stood for half a second, as they were then. */
  ssim: { mean: number; p5: number; settled: number };
  /** With rows of an earlier picture. */
  mixed: number;
  /** Of so many pictures. */
  count: number;
}

/** Decodes the record, which takes a while. A picture without the beacon's code is left out: the desktop before the beacon is up. */
export async function judge(record: string, motion: string): Promise<JudgedPicture[]> {
  const child = spawn(judge_program, [record, motion], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`the pictures cannot be judged: ${err.trim().split('\n').at(-1)}`);
  return out
    .split('\n')
    .filter((line) => line.includes('"number"'))
    .map((line) => JSON.parse(line) as JudgedPicture);
}

/** Of the pictures that came in `from_ns` to `to_ns`; undefined when there are fewer than two. */
export function figures(
  judged: readonly JudgedPicture[],
  { from_ns, to_ns, fps, pauses }: { from_ns: number; to_ns: number; fps: number; pauses: boolean },
): PictureFigures | undefined {
  const all = judged.filter(({ received_ns }) => received_ns >= from_ns && received_ns < to_ns);
  const fresh = all.filter(({ number }, i) => number !== all[i - 1]?.number);
  const [first, last] = [fresh[0], fresh.at(-1)];
  if (!first || !last || first === last) return undefined;
  const numbers = last.number - first.number;
  const latencies = fresh.map(({ received_ns, painted_ns }) => (received_ns - painted_ns) / 1e6);
  const interval_ns = 1e9 / fps;
  return {
    shown_per_s: (numbers * 1e9) / (last.painted_ns - first.painted_ns),
    received_per_s: ((fresh.length - 1) * 1e9) / (last.received_ns - first.received_ns),
    repeated: all.length - fresh.length,
    missed: numbers + 1 - fresh.length,
    held: pauses
      ? Number.NaN
      : fresh.filter((one, i) => one.received_ns - (fresh[i - 1] ?? one).received_ns > 1.5 * interval_ns).length,
    painted_to_received_ms: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
    bytes_per_picture: mean(all.map(({ bytes }) => bytes)),
    ssim: {
      mean: mean(fresh.map(({ ssim }) => ssim)),
      p5: percentile(
        fresh.map(({ ssim }) => ssim),
        0.05,
      ),
      settled: percentile(settled(all), 0),
    },
    mixed: all.filter(({ stale_bands }) => stale_bands > 0).length,
    count: all.length,
  };
}

const settled_ns = 0.5e9;

/** Of each number that stood for half a second, how it was then. */
function settled(all: readonly JudgedPicture[]): number[] {
  return all.flatMap((one, i) => {
    const judged_at_ns = one.painted_ns + settled_ns;
    const next = all[i + 1];
    const stood = (all.slice(i).find(({ number }) => number !== one.number)?.painted_ns ?? 0) >= judged_at_ns;
    const shown_then = one.received_ns <= judged_at_ns && (next?.received_ns ?? 0) > judged_at_ns;
    return stood && shown_then ? [one.ssim] : [];
  });
}
