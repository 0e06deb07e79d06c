// A small line chart in SVG: labelled axes, a grid, lines with dots, a legend by the caller.

export interface Series {
  readonly name: string;
  readonly class: string;
  // Line through these; null breaks it.
  readonly line: readonly (readonly [number, number | null])[];
  // Where, and what is told of it.
  readonly dots?: readonly (readonly [x: number, y: number, told?: string])[];
  // Within which a dot's truth lies.
  readonly bars?: readonly (readonly [x: number, low: number, high: number])[];
}

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly (readonly [number, string])[];
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const width = 400;
const height = 260;
const left = 52;
const right = 20;
const top = 30;
const bottom = 42;

export const escapeMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function position(axis: Axis, value: number, start: number, end: number): number {
  const at = (v: number) => (axis.scale === 'log' ? Math.log10(v) : v);
  const clamped = Math.min(Math.max(value, axis.from), axis.to);
  return start + ((at(clamped) - at(axis.from)) / (at(axis.to) - at(axis.from))) * (end - start);
}

export function chart({ title, x, y, series }: Chart): string {
  const px = (v: number) => position(x, v, left, width - right).toFixed(1);
  const py = (v: number) => position(y, v, height - bottom, top).toFixed(1);
  const parts = [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}">`,
    `<text class="title" x="${left}" y="18">${escapeMarkup(title)}</text>`,
  ];
  for (const [value, label] of y.ticks)
    parts.push(
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${py(value)}" y2="${py(value)}"/>`,
      `<text class="tick" text-anchor="end" x="${left - 6}" y="${py(value)}" dy="4">${escapeMarkup(label)}</text>`,
    );
  for (const [value, label] of x.ticks)
    parts.push(
      `<line class="grid" y1="${top}" y2="${height - bottom}" x1="${px(value)}" x2="${px(value)}"/>`,
      `<text class="tick" text-anchor="middle" x="${px(value)}" y="${height - bottom + 15}">${escapeMarkup(label)}</text>`,
    );
  parts.push(
    `<text class="label" text-anchor="middle" x="${(left + width - right) / 2}" y="${height - 8}">${escapeMarkup(x.label)}</text>`,
    `<text class="label" text-anchor="middle" transform="translate(12 ${(top + height - bottom) / 2}) rotate(-90)">${escapeMarkup(y.label)}</text>`,
  );
  for (const s of series) {
    let path = '';
    let drawing = false;
    for (const [vx, vy] of s.line) {
      if (vy === null) {
        drawing = false;
        continue;
      }
      path += `${drawing ? 'L' : 'M'}${px(vx)} ${py(vy)}`;
      drawing = true;
    }
    parts.push(`<g class="${s.class}"><title>${escapeMarkup(s.name)}</title><path d="${path}"/>`);
    for (const [vx, low, high] of s.bars ?? [])
      parts.push(`<line x1="${px(vx)}" x2="${px(vx)}" y1="${py(low)}" y2="${py(high)}"/>`);
    for (const [vx, vy, told] of s.dots ?? [])
      parts.push(
        told === undefined
          ? `<circle cx="${px(vx)}" cy="${py(vy)}" r="2.6"/>`
          : `<circle cx="${px(vx)}" cy="${py(vy)}" r="2.6"><title>${escapeMarkup(told)}</title></circle>`,
      );
    parts.push('</g>');
  }
  return `${parts.join('')}</svg>`;
}
