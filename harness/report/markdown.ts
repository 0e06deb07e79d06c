// Reports as Markdown, for the summary of a CI run.

import { figure, verdicts, withUnit } from '../kit/text.ts';
import type { Source } from './page.ts';

const signs = { passed: '✅', failed: '❌', cut_short: '✂️', not_measured: '❔' } as const;
/** What a line of a table would be cut at. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? ''
    : [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
        .map((line) => `| ${line.map(cell).join(' | ')} |`)
        .join('\n');

function ofReport({ name: source, report }: Source): string {
  const { verdict, cases, comparisons, notes, partial } = report;
  const named = (name: string, rest: string) => (name === '' ? rest : `${name}: ${rest}`);
  const series = cases.flatMap(({ name, series: all }) =>
    all.map((one) => [
      named(name, one.name),
      withUnit(one.summary.p50, one.unit),
      ...[one.summary.p95, one.summary.p99, one.summary.max].map(figure),
      String(one.summary.count),
    ]),
  );
  const counts = cases.flatMap(({ name, counts: all }) =>
    all.map((one) => [named(name, one.name), withUnit(one.value, one.unit ?? '')]),
  );
  const compared = comparisons.map((one) => [
    named(one.case, one.series),
    figure(one.a),
    withUnit(one.b, one.unit),
    `${(one.relative * 100).toFixed(1)} % (${one.between.map((share) => (share * 100).toFixed(1)).join(' to ')})`,
    verdicts[one.judged],
  ]);
  const parts = [
    `### ${signs[verdict.result]} ${source}`,
    verdict.text,
    partial === undefined ? '' : `Partial: ${partial}`,
    notes.map((note) => `- ${note}`).join('\n'),
    table(['', 'A', 'B', 'B has more', 'judged'], compared),
    table(['', 'half within', '95 %', '99 %', 'most', 'count'], series),
    table(['', ''], counts),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

export const markdown = (sources: readonly Source[]): string => `${sources.map(ofReport).join('\n\n')}\n`;
