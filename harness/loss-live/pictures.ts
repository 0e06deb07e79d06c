// What a person sees of the times at which pictures came: gaps, freezes, and when it was over. Times in ns, rising.

const ms = 1e6;
/** Before a gap, against whose mean it is a freeze; of few there is none yet. */
export const recent_gaps = 30;
const fewest_gaps = 5;
const least_freeze_ms = 150;
/** So long pictures must have come again. */
const steady_ms = 500;

export const gapsOf = (times_ns: readonly number[]): number[] =>
  times_ns.slice(1).map((time, i) => (time - (times_ns[i] ?? time)) / ms);

/** How long a gap is a freeze when pictures come each `interval_ms`: the rule of freezeCount (W3C, webrtc-stats). */
const freezeFrom = (interval_ms: number): number => Math.max(3 * interval_ms, interval_ms + least_freeze_ms);

/** The gaps that are freezes, against the mean of those before each. */
export function freezesOf(gaps_ms: readonly number[]): number[] {
  return gaps_ms.filter((gap, i) => {
    const before = gaps_ms.slice(Math.max(0, i - recent_gaps), i);
    if (before.length < fewest_gaps) return false;
    return gap >= freezeFrom(before.reduce((sum, one) => sum + one, 0) / before.length);
  });
}

/**
 * From `since_ns` to the first picture after which they come again: for half a second there is no freeze. undefined: that has not happened
 * in these times, which begin before `since_ns`.
 */
export function recoveryOf(times_ns: readonly number[], since_ns: number, interval_ms: number): number | undefined {
  const after = times_ns.filter((time) => time > since_ns);
  let first: number | undefined;
  let last = 0;
  for (const time of after) {
    if (first === undefined || (time - last) / ms >= freezeFrom(interval_ms)) first = time;
    last = time;
    if ((time - first) / ms >= steady_ms) return (first - since_ns) / ms;
  }
  return undefined;
}
