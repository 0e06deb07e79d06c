// The sweep as one page: plots that show at a glance where a code stops protecting.

import { type Axis, chart, escapeMarkup, type Series } from '../report/chart.ts';
import { frameLoss, type Loss } from './exact.ts';
import { blocksOf, type Code, code_names, codes, frame_sizes, type Result } from './grid.ts';
import { percent } from './report.ts';

const lowest_loss = 1e-6;
const loss_axis: Axis = {
  label: 'frames lost',
  scale: 'log',
  from: lowest_loss,
  to: 1,
  ticks: [
    [1, '1'],
    [1e-2, '1 %'],
    [1e-4, '1e-4'],
    [1e-6, '≤1e-6'],
  ],
};
const size_axis: Axis = {
  label: 'data packets in a frame',
  scale: 'log',
  from: 20,
  to: 4000,
  ticks: [
    [21, '21'],
    [102, '102'],
    [509, '509'],
    [1515, '1515'],
    [4000, '4000'],
  ],
};
// Those whose labels do not run into each other.
const labelled_rates = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const class_of: Readonly<Record<Code, string>> = { 'gf8-gamestream': 'a', 'gf8-unlimited': 'b', gf16: 'c' };

// Random loss is cheap to compute between the cells too; bursts are drawn from cell to cell.
function exactLine(mine: readonly Result[]): [number, number][] {
  const [first] = mine;
  if (first === undefined || first.loss.mean_burst > 1) return mine.map((r) => [r.loss.rate, r.exact]);
  const rates = mine.map((r) => r.loss.rate);
  const from = Math.min(...rates);
  const steps = 60;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const rate = from * (Math.max(...rates) / from) ** (i / steps);
    return [rate, frameLoss(first.blocks, { rate, mean_burst: 1 })];
  });
}

// Frame loss over packet loss for one frame size: lines are exact, dots were measured.
function overLoss(results: readonly Result[], data_shards: number, parity: number, mean_burst: number): string {
  const series = codes.map((code): Series => {
    const mine = results.filter(
      (r) =>
        r.code === code &&
        r.data_shards === data_shards &&
        r.parity_percent === parity &&
        r.loss.mean_burst === mean_burst,
    );
    return {
      name: code_names[code],
      class: class_of[code],
      line: exactLine(mine),
      dots: mine.filter((r) => r.lost_frames > 0).map((r) => [r.loss.rate, r.lost_frames / r.frames]),
    };
  });
  const rates = series.flatMap((s) => s.line.map(([x]) => x));
  if (new Set(rates).size < 2) return '';
  const x: Axis = {
    label: mean_burst > 1 ? `packets lost, in bursts of ${mean_burst}` : 'packets lost, at random',
    scale: 'log',
    from: Math.min(...rates),
    to: Math.max(...rates),
    ticks: labelled_rates
      .filter((rate) => rate >= Math.min(...rates) && rate <= Math.max(...rates) * (1 + 1e-9))
      .map((rate) => [rate, percent(rate)]),
  };
  return chart({ title: `${data_shards} data packets a frame, ${parity} % parity`, x, y: loss_axis, series });
}

const wanted_frame_loss = 1e-6;
const most_parity_percent = 100;

// The least whole percentage of parity with which a frame is lost less than once in a million; null where none does.
export function parityNeeded(code: Code, data_shards: number, rate: number): number | null {
  for (let parity = 1; parity <= most_parity_percent; parity++)
    if (frameLoss(blocksOf(code, data_shards, parity), { rate, mean_burst: 1 }) < wanted_frame_loss) return parity;
  return null;
}

function parityChart(rate: number): string {
  const sizes = [21, 51, 102, 152, 255, 379, 509, 758, 848, 1024, 1515, 2300, 3029, 4000];
  const series = codes.map((code): Series => {
    const line = sizes.map((size) => [size, parityNeeded(code, size, rate)] as const);
    const dots = line.filter((point): point is readonly [number, number] => point[1] !== null);
    return { name: code_names[code], class: class_of[code], line, dots };
  });
  const y: Axis = {
    label: 'parity, % of data',
    scale: 'linear',
    from: 0,
    to: 60,
    ticks: [0, 20, 40, 60].map((v) => [v, String(v)]),
  };
  return chart({
    title: `parity needed, ${percent(rate)} of packets lost at random`,
    x: size_axis,
    y,
    series,
  });
}

// At one loss, over the size of the frame: here GameStream's limit of four blocks is a wall.
function wallChart(results: readonly Result[], parity: number, loss: Loss): string {
  const series = codes.map((code): Series => {
    const mine = results.filter(
      (r) =>
        r.code === code &&
        r.parity_percent === parity &&
        r.loss.rate === loss.rate &&
        r.loss.mean_burst === loss.mean_burst &&
        r.data_shards >= size_axis.from,
    );
    const sizes = [...frame_sizes, 300, 420, 640, 758, 848, 849, 2300]
      .filter((s) => s >= size_axis.from)
      .sort((a, b) => a - b);
    return {
      name: code_names[code],
      class: class_of[code],
      line: sizes.map((size) => [size, frameLoss(blocksOf(code, size, parity), loss)]),
      dots: mine.filter((r) => r.lost_frames > 0).map((r) => [r.data_shards, r.lost_frames / r.frames]),
    };
  });
  const how = loss.mean_burst > 1 ? `in bursts of ${loss.mean_burst}` : 'at random';
  return chart({ title: `${percent(loss.rate)} lost ${how}, ${parity} % parity`, x: size_axis, y: loss_axis, series });
}

const style = `
:root{--paper:#fcfcfa;--ink:#1d2126;--soft:#6a727c;--rule:#dfe2e4;--a:#c8501f;--b:#1f8a70;--c:#2b5fb8}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e8eaec;--soft:#98a1ab;--rule:#2d333a;--a:#f08a5d;--b:#5cc9a7;--c:#7aa8f5}}
body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;max-width:1320px;margin:2rem auto;padding:0 1.25rem}
h1{font-size:1.6rem;margin-bottom:.25rem}h2{font-size:1.1rem;margin:2.2rem 0 .4rem}p{color:var(--soft);max-width:75ch;margin:.25rem 0 .75rem}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(360px,1fr));gap:1rem 1.5rem}
.legend{display:flex;flex-wrap:wrap;gap:.4rem 1.6rem;list-style:none;padding:0;margin:1rem 0}
.legend i{display:inline-block;width:1.6em;height:0;border-top:3px solid;margin-right:.5em;vertical-align:middle}
svg{width:100%;height:auto;font:11px system-ui,sans-serif}.title{font-size:12.5px;font-weight:600;fill:var(--ink)}
.tick,.label{fill:var(--soft)}.grid{stroke:var(--rule)}path{fill:none;stroke-width:2;stroke-linejoin:round}
.a path,i.a{stroke:var(--a);border-color:var(--a)}.b path,i.b{stroke:var(--b);border-color:var(--b)}.c path,i.c{stroke:var(--c);border-color:var(--c)}
.a path{stroke-width:5;opacity:.55}.a circle{fill:var(--a)}.b circle{fill:var(--b)}.c circle{fill:var(--c)}.bad{color:var(--a)}`;

export function page(results: readonly Result[], head: string, faults: readonly string[]): string {
  const section = (title: string, text: string, charts: readonly string[]) =>
    charts.join('') === ''
      ? ''
      : `<h2>${escapeMarkup(title)}</h2><p>${escapeMarkup(text)}</p><div class="charts">${charts.join('')}</div>`;
  const sizes = frame_sizes.filter((size) => size >= 102);
  const verdict =
    faults.length === 0
      ? '<p>Every cell agrees with the exact computation within 4 sigma, and every frame delivered was byte for byte what was sent.</p>'
      : `<p class="bad">${faults.length} cells fail:</p><ul>${faults.map((f) => `<li>${escapeMarkup(f)}</li>`).join('')}</ul>`;
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Loss sweep</title><style>${style}</style><h1>Which frames survive which loss</h1><p>${escapeMarkup(head)}</p>${verdict}`,
    `<ul class="legend">${codes.map((code) => `<li><i class="${class_of[code]}"></i>${escapeMarkup(code_names[code])}</li>`).join('')}</ul>`,
    '<p>Lines are computed exactly, dots were measured on real packets.</p>',
    section(
      'Where the wall is',
      'Frame loss over the size of the frame. Past four blocks GameStream sends frames without any parity; more blocks of GF(2^8) go on, at a price that grows with their number; one block a frame gets better the larger it is.',
      [
        wallChart(results, 20, { rate: 0.05, mean_burst: 1 }),
        wallChart(results, 20, { rate: 0.1, mean_burst: 1 }),
        wallChart(results, 20, { rate: 0.02, mean_burst: 8 }),
        wallChart(results, 20, { rate: 0.02, mean_burst: 32 }),
      ],
    ),
    section(
      'Parity needed',
      'The least parity with which fewer than one frame in a million is lost, by exact computation. A line that ends has no such parity.',
      [0.01, 0.05, 0.1].map(parityChart),
    ),
    section(
      'Random loss',
      'Each packet is lost by itself.',
      sizes.map((size) => overLoss(results, size, 20, 1)),
    ),
    section(
      'Bursts of 8',
      'Losses come in runs. The blocks of GF(2^8) lie one after the other, so a run hits one of them.',
      sizes.map((size) => overLoss(results, size, 20, 8)),
    ),
    section(
      'Bursts of 32',
      'A run now eats much of a small frame.',
      sizes.map((size) => overLoss(results, size, 20, 32)),
    ),
    '</html>\n',
  ].join('\n');
}
