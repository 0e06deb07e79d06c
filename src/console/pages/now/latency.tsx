// Where a picture's time goes: the whole over time, and each stage now.

import { useMemo } from 'react';
import { milliseconds } from '../../format.ts';
import { kept_seconds } from '../../history.ts';
import { Legend, type Line, Plot } from '../../parts/plot.tsx';
import type { Statistics } from '../../types.ts';
import { words } from '../../words.ts';

const stages = ['capture', 'convert', 'wait', 'encode', 'protect', 'send'] as const;

export function Latency({ reports }: { reports: readonly Statistics[] }) {
  const lines = useMemo(() => linesOf(reports), [reports]);
  const newest = reports.at(-1)?.latency;
  if (!newest) return null;
  const longest_us = Math.max(1, ...stages.map((stage) => newest[stage].p95_us));
  return (
    <figure className="plot-figure latency">
      <figcaption>
        <h3>{words.now.latency}</h3>
        <Legend lines={lines} format={milliseconds} />
      </figcaption>
      <Plot label={words.now.latency_plot} lines={lines} format={milliseconds} places={kept_seconds} height={150} />
      <table className="stages">
        <thead>
          <tr>
            <th scope="col">{words.now.stage}</th>
            <th scope="col">{words.now.median}</th>
            <th scope="col">{words.now.slow}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {stages.map((stage) => (
            <tr key={stage}>
              <th scope="row">{words.now.stages[stage]}</th>
              <td>{milliseconds(newest[stage].p50_us)}</td>
              <td>{milliseconds(newest[stage].p95_us)}</td>
              <td aria-hidden="true">
                <meter className="bar" max={longest_us} value={newest[stage].p95_us} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

const linesOf = (reports: readonly Statistics[]): Line[] => [
  { name: words.now.median, colour: '--accent', values: reports.map(({ latency }) => latency.total.p50_us) },
  { name: words.now.slow, colour: '--ink-soft', values: reports.map(({ latency }) => latency.total.p95_us) },
];
