// What a report looks like, drawn: each plot answers one question that a person asks.

import type { Case, Comparison, Curve, Series } from '../kit/report.ts';
import { percentile } from '../kit/statistics.ts';
import { figure, withUnit } from '../kit/text.ts';
import { axisOf } from './axis.ts';
import { chart, escapeMarkup, type Series as Line } from './chart.ts';
import { chainOf } from './stages.ts';

/** Colours of the style, in turns. */
const classes = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
export const classAt = (index: number): string => classes[index % classes.length] ?? 'a';

export interface Named {
  readonly name: string;
  readonly series: Series;
}

/** The tail beyond is in the tables: drawn, one bad picture in a hundred would press all others together. */
const drawn_share = 0.98;

/** How many of a hundred pictures were at least so fast: a line that is further left is better, and its foot to the right is the tail. */
export function distribution(title: string, all: readonly Named[]): string {
  const far = Math.max(...all.map(({ series }) => percentile(series.values, drawn_share)));
  const lines = all.map(({ name, series }, i): Line => {
    const points = Array.from({ length: 101 }, (_, percent): [number, number] => [
      percentile(series.values, percent / 100),
      percent,
    ]).filter(([x]) => x <= far);
    return { name, class: classAt(i), line: points };
  });
  const unit = all[0]?.series.unit ?? '';
  return chart({
    title,
    x: axisOf(`${unit} or less`, [far, ...lines.flatMap(({ line }) => line.map(([x]) => x))]),
    y: axisOf('of 100', [0, 100]),
    series: lines,
  });
}

const bar_height = 26;
const label_width = 150;
const figure_width = 150;
const waterfall_width = 720;

/** Each stage begins where the one before ends: whose bar is longest takes the time. Thick: half are faster; thin: 95 of 100. */
export function waterfall(stages: readonly Series[]): string {
  const unit = escapeMarkup(stages[0]?.unit ?? '');
  const widest = Math.max(...stages.map(({ summary }) => summary.p50));
  const total = stages.reduce((sum, { summary }) => sum + Math.max(0, summary.p50), 0);
  let at = 0;
  const ends = stages.map(({ summary }) => {
    const from = at;
    at += Math.max(0, summary.p50);
    return { from, to: at, tail: from + Math.max(0, summary.p95) };
  });
  const most = Math.max(total, ...ends.map(({ tail }) => tail)) || 1;
  const px = (value: number) => label_width + (value / most) * (waterfall_width - label_width - figure_width);
  const height = stages.length * bar_height + 12;
  const rows = stages.map(({ name, summary }, i) => {
    const { from = 0, to = 0, tail = 0 } = ends[i] ?? {};
    const y = 6 + i * bar_height;
    const middle = y + bar_height / 2;
    const mark = summary.p50 === widest && stages.length > 1 ? 'stage widest' : 'stage';
    return (
      `<g class="${mark}"><text class="tick" text-anchor="end" x="${label_width - 8}" y="${middle}" dy="4">${escapeMarkup(name)}</text>` +
      `<line class="tail" x1="${px(to).toFixed(1)}" x2="${px(Math.max(to, tail)).toFixed(1)}" y1="${middle}" y2="${middle}"/>` +
      `<rect x="${px(from).toFixed(1)}" y="${y + 4}" width="${Math.max(1.5, px(to) - px(from)).toFixed(1)}" height="${bar_height - 8}" rx="2"/>` +
      `<text class="tick" x="${waterfall_width - figure_width + 10}" y="${middle}" dy="4">${figure(summary.p50)} ${unit}, 95 %: ${figure(summary.p95)}</text></g>`
    );
  });
  return `<svg class="wide" viewBox="0 0 ${waterfall_width} ${height}" role="img" aria-label="The stages, one after the other">${rows.join('')}</svg>`;
}

const strip_width = 1200;
const strip_height = 110;

/** One line a picture, in the order of time: what stands out is what a person sees as a jerk. */
export function strip({ name, unit, values, summary }: Series): string {
  const top = Math.max(percentile(values, 0.999), summary.p50 * 2) || 1;
  const base = strip_height - 16;
  const step = strip_width / Math.max(1, values.length);
  const path = values
    .map(
      (value, i) =>
        `M${(i * step + step / 2).toFixed(1)} ${base}V${(base - (Math.min(value, top) / top) * (base - 14)).toFixed(1)}`,
    )
    .join('');
  const middle = (base - (Math.min(summary.p50, top) / top) * (base - 14)).toFixed(1);
  return (
    `<svg class="strip" viewBox="0 0 ${strip_width} ${strip_height}" role="img" aria-label="${escapeMarkup(name)}, one line a picture">` +
    `<text class="tick" x="0" y="10">${escapeMarkup(`up to ${withUnit(top, unit)}`)}</text>` +
    `<path class="bars" stroke-width="${Math.max(0.6, step * 0.8).toFixed(2)}" d="${path}"/>` +
    `<line class="middle" x1="0" x2="${strip_width}" y1="${middle}" y2="${middle}"/>` +
    `<text class="tick" x="0" y="${strip_height - 3}">the first of ${values.length}</text>` +
    `<text class="tick" text-anchor="end" x="${strip_width}" y="${strip_height - 3}">line: half are below ${withUnit(summary.p50, unit)}</text></svg>`
  );
}

export interface NamedCurve {
  readonly name: string;
  readonly curve: Curve;
}

/** Curves over the same thing, in one plot. */
export function curves(all: readonly NamedCurve[]): string {
  const [first] = all;
  if (!first) return '';
  const { x, y } = first.curve;
  const label = ({ name, unit }: { name: string; unit: string }) => (unit === '' ? name : `${name}, ${unit}`);
  const points = all.flatMap(({ curve }) => curve.points);
  return chart({
    title: first.curve.name,
    x: axisOf(
      label(x),
      points.map(([value]) => value),
    ),
    y: axisOf(
      label(y),
      points.map(([, value]) => value),
    ),
    series: all.map(({ name, curve }, i) => ({
      name,
      class: classAt(i),
      line: curve.points,
      dots: curve.points.length <= 60 ? curve.points : [],
    })),
  });
}

const row_height = 24;

/** How much more B has than A: right of the middle is more, and what crosses it is nothing that anybody is sure of. */
export function comparisonPlot(comparisons: readonly Comparison[]): string {
  const reach =
    Math.max(0.05, ...comparisons.flatMap(({ between }) => between.map((share) => Math.min(1, Math.abs(share))))) * 1.1;
  const px = (share: number) => 470 + (Math.max(-reach, Math.min(reach, share)) / reach) * 230;
  const height = comparisons.length * row_height + 34;
  const rows = comparisons.map(({ case: name, series, relative, between, judged }, i) => {
    const y = 28 + i * row_height;
    const label = name === '' ? series : `${name}: ${series}`;
    return (
      `<g class="${judged}"><text class="tick" text-anchor="end" x="230" y="${y}" dy="4">${escapeMarkup(label)}</text>` +
      `<line x1="${px(between[0]).toFixed(1)}" x2="${px(between[1]).toFixed(1)}" y1="${y}" y2="${y}"/>` +
      `<circle cx="${px(relative).toFixed(1)}" cy="${y}" r="4"/>` +
      `<text class="tick" x="712" y="${y}" dy="4">${relative > 0 ? '+' : ''}${(relative * 100).toFixed(1)} %</text></g>`
    );
  });
  return (
    `<svg class="wide forest" viewBox="0 0 780 ${height}" role="img" aria-label="How much more B has than A">` +
    `<text class="tick" text-anchor="end" x="464" y="12">B has less</text><text class="tick" x="476" y="12">B has more</text>` +
    `<line class="grid" x1="470" x2="470" y1="0" y2="${height}"/>${rows.join('')}</svg>`
  );
}

/** Those of a case that are neither a stage nor the gap from one to the next. */
export function wholesOf({ series }: Case): Series[] {
  const stages = new Set(chainOf(series));
  return series.filter((one) => !stages.has(one) && !isGap(one) && one.values.length > 1);
}

/** Of one picture after the other. */
export const next_one = 'the next one';
export const isGap = ({ to }: Pick<Series, 'to'>): boolean => to === next_one;
