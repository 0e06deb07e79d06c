// A report for a terminal: tables of at most 80 columns where names allow it, then what counts most.

import type { Case, Comparison, Report, Series } from './report.ts';
import { grid } from './table.ts';

/** Three digits that count, and none that nobody measured. */
export function figure(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(digits);
}

export const withUnit = (value: number, unit: string): string => `${figure(value)} ${unit}`.trimEnd();

function seriesTable(series: readonly Series[]): string {
  return grid([
    ['', 'p50', 'of 95 in 100', 'p95', 'p99', 'max', 'n', ''],
    ...series.map(({ name, unit, summary: { p50, p95, p99, max, count, between } }) => [
      name,
      figure(p50),
      between ? between.p50.map(figure).join(' to ') : '',
      figure(p95),
      figure(p99),
      figure(max),
      String(count),
      unit,
    ]),
  ]);
}

function caseText({ name, series, curves, counts }: Case): string {
  const parts = [
    ...(series.length > 0 ? [seriesTable(series)] : []),
    ...(counts.length > 0 ? [grid(counts.map(({ name, value, unit = '' }) => [name, withUnit(value, unit)]))] : []),
    ...curves.map((curve) => `${curve.name}: ${curve.points.length} points, drawn by: report FILE`),
  ];
  return [...(name === '' ? [] : [name]), ...parts].join('\n');
}

const percent = (share: number): string => `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;

export const verdicts: Readonly<Record<Comparison['judged'], string>> = {
  same: 'the same',
  worse: 'worse',
  better: 'better',
  unsure: 'nobody can tell',
};

const comparisonTable = (comparisons: readonly Comparison[]): string =>
  grid([
    ['', 'A', 'B', 'B has', 'within', 'judged'],
    ...comparisons.map(({ case: name, series, unit, a, b, relative, between, judged }) => [
      name === '' ? series : `${name}: ${series}`,
      figure(a),
      withUnit(b, unit),
      percent(relative),
      between.map(percent).join(' to '),
      verdicts[judged],
    ]),
  ]);

export function text(report: Report): string {
  const { machine, cases, comparisons, clock, notes, verdict, partial, seed } = report;
  const bound = clock.error_ms > 0 ? `, ±${figure(clock.error_ms)} ms` : '';
  const parts = [
    `${machine.chip}, ${machine.cores} cores, load ${machine.load.toFixed(1)}, ${machine.distribution}, ${machine.kernel}`,
    ...cases.map(caseText),
    ...(comparisons.length > 0 ? [comparisonTable(comparisons)] : []),
    ...notes,
    `seed ${seed}; clock ${clock.name}${bound} (${clock.how})${partial === undefined ? '' : '; partial'}`,
    verdict.text,
  ];
  return `${parts.join('\n\n')}\n`;
}
