// Series of which each begins where another ends: the stages of a way.

import type { Series } from '../kit/report.ts';

/** The longest way that leads from stage to stage, of at least three; else none. */
export function chainOf(series: readonly Series[]): Series[] {
  let longest: Series[] = [];
  for (const start of series) {
    const way = [start];
    for (let next = follower(series, way); next; next = follower(series, way)) way.push(next);
    if (way.length > longest.length) longest = way;
  }
  return longest.length >= 3 ? longest : [];
}

/** What begins where the way ends and is not on it yet; of several, the shortest step: that which leads on to another. */
function follower(series: readonly Series[], way: readonly Series[]): Series | undefined {
  const last = way.at(-1);
  const next = series.filter((one) => one.from === last?.to && one.unit === last.unit && !way.includes(one));
  return next.find((one) => series.some(({ from }) => from === one.to)) ?? next[0];
}

/** Which takes longest; undefined without stages. */
export const bottleneckOf = (series: readonly Series[]): Series | undefined =>
  chainOf(series).toSorted((a, b) => b.summary.p50 - a.summary.p50)[0];
