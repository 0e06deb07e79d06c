// Whether something grows: a straight line through what was sampled, and within what its slope lies.

import { type Interval, mean, median, percentile, random } from '../kit/statistics.ts';

export type Point = [minutes: number, value: number];

export interface Growth {
  /** In the unit of the values, a minute. */
  readonly slope: number;
  /** Of 99 in 100. */
  readonly between: Interval;
  /** From the first sample that counts to the last, along the line, as a share of the middle value. */
  readonly share: number;
  /** unsure: it may have grown by so much that it would matter, or not at all. */
  readonly judged: 'flat' | 'growing' | 'unsure';
}

/** What a program fills once and keeps (heaps, caches, pools) is no growth: this share of the time does not count. */
const warm_up = 0.25;
/** Of fewer, or a shorter time, nobody can say: what is filled once takes minutes. */
export const least_samples = 60;
export const least_minutes = 10;
/** Less over the whole time is flat, however sure it is. */
const least_share = 0.05;
/** Who cannot tell whether it has grown by more than this says so. */
const found_share = 2 * least_share;
const resamples = 1000;

function line(points: readonly Point[]): { slope: number; at_zero: number } {
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  let [both, square] = [0, 0];
  for (const [at, value] of points) {
    both += (at - x) * (value - y);
    square += (at - x) ** 2;
  }
  const slope = square === 0 ? 0 : both / square;
  return { slope, at_zero: y - slope * x };
}

/**
 * Undefined: that is too little to say. What is left beside the line is drawn anew in blocks of neighbours, since neighbours are alike
 * (as kit/statistics.ts).
 */
export function growthOf(points: readonly Point[], seed: number): Growth | undefined {
  const counted = points.slice(Math.floor(points.length * warm_up));
  const [first, last] = [counted[0], counted.at(-1)];
  if (!first || !last || counted.length < least_samples || last[0] - first[0] < least_minutes) return undefined;
  const { slope, at_zero } = line(counted);
  const beside = counted.map(([at, value]) => value - at_zero - slope * at);
  const block = Math.ceil(2 * Math.cbrt(counted.length));
  const next = random(seed);
  const slopes = Array.from({ length: resamples }, () => {
    let [from, left] = [0, 0];
    const drawn = counted.map(([at], i): Point => {
      if (left-- === 0) {
        left = block - 1;
        from = Math.floor(next() * counted.length) - i;
      }
      return [at, (beside[(from + i) % counted.length] ?? 0) + slope * at];
    });
    return line(drawn).slope;
  });
  const between: Interval = [percentile(slopes, 0.005), percentile(slopes, 0.995)];
  const middle = median(counted.map(([, value]) => value));
  const shareOf = (of: number) => (middle === 0 ? 0 : (of * (last[0] - first[0])) / Math.abs(middle));
  const share = shareOf(slope);
  const growing = between[0] > 0 && share > least_share;
  return { slope, between, share, judged: growing ? 'growing' : shareOf(between[1]) > found_share ? 'unsure' : 'flat' };
}
