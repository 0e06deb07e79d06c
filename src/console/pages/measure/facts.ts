// What the page asks, and what it makes of the answers.

import { queryOptions } from '@tanstack/react-query';
import type { components } from '../../../api/schema.ts';
import { answer, api } from '../../api.ts';
import { amount } from '../../format.ts';

export type Entry = components['schemas']['Measurement'];
export type Detail = components['schemas']['MeasurementDetail'];
export type Part = Entry['parts'][number];
export type Report = Detail['reports'][number];
export type Case = Report['cases'][number];
export type Series = Case['series'][number];

export const key = ['measurements'] as const;

export const kitQuery = queryOptions({
  queryKey: ['measuring-kit'],
  queryFn: () => answer(api.GET('/api/v1/measuring-kit')),
});

/** One whose parts did not all come to something did not come to what was wanted. */
export const wholeState = ({ state, parts }: Entry) =>
  state === 'done' && parts.some((part) => part.state === 'failed') ? 'failed' : state;

export const withUnit = (value: number, unit: string): string => `${amount(value)} ${unit}`.trimEnd();

/** The longest way from stage to stage, of at least three: each begins where the one before it ends. */
export function stagesOf(series: readonly Series[]): readonly Series[] {
  const ways = series.map((first) => {
    const way = [first];
    for (let next = after(series, way); next; next = after(series, way)) way.push(next);
    return way;
  });
  const longest = ways.reduce((most, way) => (way.length > most.length ? way : most), []);
  return longest.length >= 3 ? longest : [];
}

/** Of several the one that leads on: the others are ways of their own. */
function after(series: readonly Series[], way: readonly Series[]): Series | undefined {
  const last = way.at(-1);
  const next = series.filter((one) => one.from === last?.to && one.unit === last.unit && !way.includes(one));
  return next.find((one) => series.some(({ from }) => from === one.to)) ?? next[0];
}

/** What people ask first: the whole way of which those are the stages, or the first of all. */
export function headlineOf(series: readonly Series[]): Series | undefined {
  const stages = stagesOf(series);
  const whole = series.find(({ from, to }) => from === stages[0]?.from && to === stages.at(-1)?.to);
  return whole ?? series[0];
}
