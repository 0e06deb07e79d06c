// A histogram in Prometheus' text format. prom-client makes one of single observations; an engine tells how many there were.

import { latency_edges_us } from '../contract/statistics.ts';
import type { Latency } from './totals.ts';

interface Series {
  /** name="value", with a comma between two; empty: none. */
  labels: string;
  latency: Pick<Latency, 'counts' | 'sum_us'>;
}

export function histogramOf(name: string, help: string, series: readonly Series[]): string {
  const lines = series.flatMap(({ labels, latency: { counts, sum_us } }) => {
    const labelled = labels === '' ? '' : `{${labels}}`;
    let so_far = 0;
    const buckets = [...latency_edges_us, Number.POSITIVE_INFINITY].map((edge_us, index) => {
      so_far += counts[index] ?? 0;
      const le = Number.isFinite(edge_us) ? edge_us / 1e6 : '+Inf';
      return `${name}_bucket{${labels === '' ? '' : `${labels},`}le="${le}"} ${so_far}`;
    });
    return [...buckets, `${name}_sum${labelled} ${sum_us / 1e6}`, `${name}_count${labelled} ${so_far}`];
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n');
}
