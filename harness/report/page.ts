// Reports as one page that needs nothing else: what was judged, then what was measured, drawn.

import { comparisonsOf, pairsOf } from '../compare/compare.ts';
import type { Case, Comparison, Report, Series } from '../kit/report.ts';
import { figure, withUnit } from '../kit/text.ts';
import { escapeMarkup } from './chart.ts';
import {
  classAt,
  comparisonPlot,
  curves,
  distribution,
  isGap,
  type Named,
  strip,
  waterfall,
  wholesOf,
} from './plots.ts';
import { bottleneckOf, chainOf } from './stages.ts';
import { style } from './style.ts';

const result_words = {
  passed: 'passed',
  failed: 'failed',
  cut_short: 'cut short',
  not_measured: 'not measured',
} as const;

/** By so much a middle must have changed against the baseline to be told. */
const threshold = 0.05;

export interface Source {
  readonly name: string;
  readonly report: Report;
}

export function page(sources: readonly Source[], baseline: Report | undefined): string {
  const first = sources[0]?.report;
  const failed = sources.filter(({ report }) => report.verdict.result !== 'passed').length;
  const head = first
    ? `${first.machine.chip}, ${first.machine.cores} cores, ${first.machine.distribution}, Linux ${first.machine.kernel}; load ${first.machine.load.toFixed(1)} when it began; ${first.started.slice(0, 16).replace('T', ' ')} UTC`
    : '';
  const all = failed === 0 ? `All ${sources.length} passed.` : `${failed} of ${sources.length} did not pass.`;
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Measured: ${escapeMarkup(sources.map(({ report }) => report.command).join(', '))}</title><style>${style}</style>`,
    `<main><h1>What was measured</h1><p>${escapeMarkup(head)}</p>`,
    sources.length > 1 ? `<p class="verdict ${failed === 0 ? 'passed' : 'failed'}">${all}</p>${overview(sources)}` : '',
    ...sources.map((source, i) => section(`r${i}`, source, baseline)),
    '</main></html>',
    '',
  ].join('\n');
}

const overview = (sources: readonly Source[]): string =>
  `<ul>${sources
    .map(
      ({ name, report }, i) =>
        `<li><a href="#r${i}">${escapeMarkup(name)}</a>: <span class="${report.verdict.result}">${escapeMarkup(report.verdict.text)}</span></li>`,
    )
    .join('')}</ul>`;

function section(id: string, { name, report }: Source, baseline: Report | undefined): string {
  const { verdict, notes, clock, seed, partial, versions, cases } = report;
  const bound = clock.error_ms > 0 ? `, ±${figure(clock.error_ms)} ms` : '';
  const facts = [
    report.command,
    `clock ${clock.name}${bound} (${clock.how})`,
    `seed ${seed}`,
    ...Object.entries(versions).map(
      ([what, version]) => `${what} ${what === 'commit' ? version.slice(0, 12) : version}`,
    ),
  ];
  const against = baseline && baseline.command === report.command ? baseline : undefined;
  const compared = against ? comparisonsOf(pairsOf([against], [report]), threshold, seed) : report.comparisons;
  return [
    `<section id="${id}"><h2>${escapeMarkup(name)}</h2>`,
    `<p class="verdict ${verdict.result}">${result_words[verdict.result]}: ${escapeMarkup(verdict.text)}</p>`,
    partial === undefined ? '' : `<p class="failed">This report is partial: ${escapeMarkup(partial)}</p>`,
    notes.length > 0 ? `<ul>${notes.map((note) => `<li>${escapeMarkup(note)}</li>`).join('')}</ul>` : '',
    comparisonSection(compared, against !== undefined),
    curveSection(cases),
    ...casesSection(cases, against),
    `<p>${escapeMarkup(facts.join(' · '))}</p></section>`,
  ].join('');
}

/** Of many cases what all have is a table, and each can be opened. */
const many_cases = 4;

function casesSection(cases: readonly Case[], against: Report | undefined): string[] {
  const drawn = cases.map((one) => {
    const before = against?.cases.find(({ name }) => name === one.name);
    return caseSection(one, before);
  });
  if (cases.length < many_cases) return drawn;
  return [
    casesTable(cases),
    ...drawn.map((text, i) => `<details><summary>${escapeMarkup(cases[i]?.name ?? '')}</summary>${text}</details>`),
  ];
}

/** The middle of a case's first series, and its first counts, as far as most cases have them. */
function casesTable(cases: readonly Case[]): string {
  const names = [...new Set(cases.flatMap(({ counts }) => counts.map(({ name }) => name)))];
  const shared = names
    .filter((name) => cases.filter(({ counts }) => counts.some((one) => one.name === name)).length * 2 > cases.length)
    .slice(0, 6);
  const rows = cases.map(({ name, series, counts }) => {
    const [first] = series;
    const of = shared.map((wanted) => counts.find((count) => count.name === wanted));
    const cells = [
      first ? `${first.name}: ${withUnit(first.summary.p50, first.unit)}` : '',
      first ? figure(first.summary.p95) : '',
      ...of.map((count) => (count ? withUnit(count.value, count.unit ?? '') : '')),
    ];
    return `<tr><td>${escapeMarkup(name)}</td>${cells.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`;
  });
  const head = ['', 'half within', '95 %', ...shared];
  return `<div class="scroll"><table><tr>${head.map((cell) => `<th>${escapeMarkup(cell)}</th>`).join('')}</tr>${rows.join('')}</table></div>`;
}

function comparisonSection(comparisons: readonly Comparison[], baseline: boolean): string {
  if (comparisons.length === 0) return '';
  const what = baseline ? 'A is the baseline, B this run. ' : '';
  return (
    `<h3>A against B</h3><p>${what}How much more B has. A line is where the truth lies in 99 of 100 comparisons. One that crosses the middle is no ` +
    `change that anybody is sure of; where it is dotted it is so long that there may be one all the same.</p><div class="scroll">${comparisonPlot(comparisons)}</div>`
  );
}

/** Curves of all cases over the same thing are one plot: that is what people compare. */
function curveSection(cases: readonly Case[]): string {
  const plots = new Map<string, { name: string; curve: Case['curves'][number] }[]>();
  for (const { name, curves: own } of cases)
    for (const curve of own) {
      const key = `${curve.name}\n${curve.x.name}\n${curve.y.name}`;
      plots.set(key, [...(plots.get(key) ?? []), { name: name === '' ? curve.name : name, curve }]);
    }
  if (plots.size === 0) return '';
  const drawn = [...plots.values()].map((all) =>
    withLegend(
      curves(all),
      all.map(({ name }) => name),
    ),
  );
  return `<div class="plots">${drawn.join('')}</div>`;
}

const legend = (names: readonly string[]): string =>
  names.length < 2
    ? ''
    : `<ul class="legend">${names.map((name, i) => `<li><i class="${classAt(i)}"></i>${escapeMarkup(name)}</li>`).join('')}</ul>`;

const withLegend = (plot: string, names: readonly string[]): string => `<figure>${plot}${legend(names)}</figure>`;

function caseSection(one: Case, before: Case | undefined): string {
  const { name, series, counts } = one;
  if (series.length + counts.length === 0) return '';
  const stages = chainOf(series);
  const whole = series.find(({ from, to }) => from === stages[0]?.from && to === stages.at(-1)?.to);
  const slowest = bottleneckOf(series);
  const gaps = series.filter((some) => isGap(some) && some.values.length > 1);
  return [
    name === '' ? '' : `<h3>${escapeMarkup(name)}</h3>`,
    whole ? headline(whole) : '',
    stages.length > 0
      ? `<p>Where the time goes: ${escapeMarkup(slowest?.name ?? '')} takes longest. A bar is the middle of its stage, and begins where the one before it ends; the thin line reaches to what 95 of 100 keep.</p><div class="scroll">${waterfall(stages)}</div>`
      : '',
    distributionPlots(wholesOf(one), before),
    ...gaps.map((gap) => `<p>${escapeMarkup(`${gap.name}: from ${gap.from} to ${gap.to}`)}</p>${strip(gap)}`),
    series.length > 0 ? seriesTable(series) : '',
    counts.length > 0
      ? `<table>${counts.map((count) => `<tr><td>${escapeMarkup(count.name)}</td><td>${escapeMarkup(withUnit(count.value, count.unit ?? ''))}</td></tr>`).join('')}</table>`
      : '',
  ].join('');
}

/** Series of one unit share a plot, so that the sound can be seen beside the picture; those of a baseline each have their own. */
function distributionPlots(wholes: readonly Series[], before: Case | undefined): string {
  const title = 'how many are how fast';
  if (before) {
    const plots = wholes.map((series) => {
      const old = before.series.find(({ name }) => name === series.name);
      const both: Named[] = [{ name: 'now', series }, ...(old ? [{ name: 'baseline', series: old }] : [])];
      return withLegend(
        distribution(series.name, both),
        both.map(({ name }) => name),
      );
    });
    return plots.length > 0 ? `<div class="plots">${plots.join('')}</div>` : '';
  }
  const units = [...new Set(wholes.map(({ unit }) => unit))];
  const plots = units.map((unit) => {
    const all = wholes.filter((one) => one.unit === unit).map((series): Named => ({ name: series.name, series }));
    const [only] = all;
    const heading = all.length === 1 && only ? only.name : title;
    return withLegend(
      distribution(heading, all),
      all.map(({ name }) => name),
    );
  });
  return plots.length > 0 ? `<div class="plots">${plots.join('')}</div>` : '';
}

/** What people ask first. */
const headline = ({ from, to, unit, summary: { p50, p95 } }: Series): string =>
  `<p class="headline">From ${escapeMarkup(from)} to ${escapeMarkup(to)}: half within <b>${escapeMarkup(withUnit(p50, unit))}</b>, 95 of 100 within <b>${escapeMarkup(withUnit(p95, unit))}</b></p>`;

function seriesTable(series: readonly Series[]): string {
  const bounded = series.some(({ error }) => error > 0);
  const rows = series.map(({ name, unit, from, to, error, summary }) => {
    const { p50, p95, p99, max, count, between } = summary;
    const range = between ? between.p50.map(figure).join(' to ') : '';
    const way = from === '' ? '' : `${from} → ${to}`;
    const bound = error > 0 ? `±${figure(error)}` : '';
    const cells = [range, figure(p95), figure(p99), figure(max), String(count), ...(bounded ? [bound] : [])];
    return `<tr><td>${escapeMarkup(name)}</td><td>${escapeMarkup(withUnit(p50, unit))}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}<td>${escapeMarkup(way)}</td></tr>`;
  });
  const head = [
    '',
    'half within',
    'of 95 in 100',
    '95 %',
    '99 %',
    'most',
    'count',
    ...(bounded ? ['off by'] : []),
    'from → to',
  ];
  return `<div class="scroll"><table class="way"><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>${rows.join('')}</table></div>`;
}
