// What a measurement is judged to be: what was not measured says nothing, and no limit is held by it.

import { exits } from '../exits.ts';
import type { HeldLimit, Report, Result } from './report.ts';

export const exit_of: Readonly<Record<Result, number>> = {
  passed: exits.passed,
  failed: exits.failed,
  cut_short: exits.cut_short,
  not_measured: exits.not_measured,
};

export interface Outcome {
  readonly limits: readonly HeldLimit[];
  readonly failures: readonly string[];
  readonly doubts: readonly string[];
  /** It ended before it was whole, in a sentence. */
  readonly cut_short: string | undefined;
  /** Why it could not be measured, in a sentence. */
  readonly not_measured: string | undefined;
}

const figure = (value: number): string => String(Number(value.toPrecision(4)));

function broken({ of, measured, unit, name, limit }: HeldLimit): string {
  return `${of}: ${`${figure(measured ?? 0)} ${unit}`.trimEnd()}, and --${name} is ${figure(limit)}`;
}

export function verdictOf({ limits, failures, doubts, cut_short, not_measured }: Outcome): Report['verdict'] {
  const verdict = (result: Result, text: string) => ({ result, text, limits: [...limits] });
  const passed_limits = limits.filter(({ held, measured }) => !held && measured !== undefined).map(broken);
  // A limit that was passed stays passed, whatever would have come later.
  if (passed_limits.length > 0 || failures.length > 0)
    return verdict(
      'failed',
      `Failed: ${[...failures.map((text) => text.replace(/\.$/, '')), ...passed_limits].join('; ')}.`,
    );
  if (cut_short !== undefined) return verdict('cut_short', `${cut_short} This says nothing yet.`);
  if (not_measured !== undefined) return verdict('not_measured', not_measured);
  if (doubts.length > 0)
    return verdict('not_measured', `Nobody can tell: ${doubts.map((text) => text.replace(/\.$/, '')).join('; ')}.`);
  const unknown = limits.filter(({ measured }) => measured === undefined);
  if (unknown.length > 0)
    return verdict(
      'not_measured',
      `Not measured, so that no limit can be held: ${unknown.map(({ of, name }) => `${of} (--${name})`).join(', ')}.`,
    );
  return verdict('passed', limits.length > 0 ? 'Within every limit.' : 'Measured; no limits were given.');
}
