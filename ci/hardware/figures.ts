// The figures of some rounds: of each series its middle in each round, and what was counted.

import type { Figure } from '../../harness/kit/machine-run.ts';
import type { Report } from '../../harness/kit/report.ts';

export interface Measured {
  readonly part: string;
  readonly report: Report;
}

export const keyOf = ({ part, case: name, name: figure }: Figure): string => `${part}\n${name}\n${figure}`;

/** A report that is not whole has none: its middles would be of something else. */
export function figuresOf(measured: readonly Measured[]): Figure[] {
  const found = new Map<string, Figure>();
  const add = (figure: Figure) => {
    const known = found.get(keyOf(figure));
    if (known) known.rounds.push(...figure.rounds);
    else found.set(keyOf(figure), figure);
  };
  for (const { part, report } of measured)
    if (report.partial === undefined)
      for (const { name, series, counts } of report.cases) {
        const of = { part, case: name };
        for (const { name, unit, from, to, better, error, summary } of series)
          add({ ...of, name, unit, from, to, better, error, rounds: [summary.p50] });
        for (const { value, unit = '', ...count } of counts)
          add({ ...of, ...count, unit, from: '', to: '', error: 0, rounds: [value] });
      }
  return [...found.values()];
}
