// Axes with round numbers on them, for values that nobody knew before.

import { figure } from '../kit/text.ts';
import type { Axis } from './chart.ts';

/** From nothing, or from below it, to the largest; at most ten lines. */
export const axisOf = (label: string, values: readonly number[]): Axis => axisFrom(label, [0, ...values]);

/** From the least to the largest, for what is never near nothing; not so near that noise fills it. */
export function closeAxisOf(label: string, values: readonly number[]): Axis {
  const finite = values.filter(Number.isFinite);
  const room = 0.01 * Math.max(...finite.map(Math.abs));
  return axisFrom(label, [Math.min(...finite) - room, Math.max(...finite) + room]);
}

function axisFrom(label: string, values: readonly number[]): Axis {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((least, one) => Math.min(least, one));
  const high = finite.reduce((most, one) => Math.max(most, one));
  const span = high - low || 1;
  const step = roundStep(span / 8);
  const from = Math.floor(low / step) * step;
  const to = Math.max(Math.ceil(high / step) * step, from + step);
  const count = Math.round((to - from) / step);
  return {
    label,
    scale: 'linear',
    from,
    to,
    ticks: Array.from({ length: count + 1 }, (_, i) => {
      const value = Number((from + i * step).toPrecision(10));
      return [value, plainFigure(value)] as const;
    }),
  };
}

/** 1, 2 or 5, with zeros. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((one) => one * power >= least * 0.999) ?? 10) * power;
}

const plainFigure = (value: number): string => (Number.isInteger(value) ? String(value) : figure(value));
