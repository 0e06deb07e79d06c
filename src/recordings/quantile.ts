// What a share of all pictures took at most, of how many there are between two edges.

import { latency_edges_us } from '../contract/statistics.ts';

/**
 * Between two edges the pictures count as spread evenly, as in Prometheus' histogram_quantile; none took longer than `slowest_us`.
 * null: there are none.
 */
export function quantileOf(counts: readonly number[], share: number, slowest_us: number): number | null {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  if (wanted === 0) return null;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      const from = latency_edges_us[index - 1] ?? 0;
      const to = Math.max(Math.min(latency_edges_us[index] ?? slowest_us, slowest_us), from);
      return Math.round(from + ((to - from) * (wanted - below)) / count);
    }
    below += count;
  }
  return slowest_us;
}
