// A run for a terminal: figures with their intervals, what was not measured and why, then what counts most.

import type { Figure, MachineRun } from '../../harness/kit/machine-run.ts';
import { summarize } from '../../harness/kit/statistics.ts';
import { grid } from '../../harness/kit/table.ts';
import { figure, verdicts, withUnit } from '../../harness/kit/text.ts';
import { caseOf } from './baseline.ts';
import type { Judged } from './judge.ts';

export function text(run: MachineRun, { verdict, comparisons, notes }: Judged): string {
  const { machine, commit, parts, figures, missing, rounds } = run;
  const cards = machine.graphics.map(({ name, driver }) => `${name} (${driver})`).join(', ') || 'no graphics processor';
  const changes = new Map(comparisons.map((one) => [`${one.case}\n${one.series}`, one]));
  const row = (one: Figure): string[] => {
    const change = changes.get(`${caseOf(one)}\n${one.name}`);
    const { p50, between } = summarize(one.rounds, 1) ?? { p50: Number.NaN };
    const share = change ? `${change.relative > 0 ? '+' : ''}${(change.relative * 100).toFixed(1)} %` : '';
    return [
      `${caseOf(one)}: ${one.name}`,
      withUnit(p50, one.unit),
      between?.p50.map(figure).join(' to ') ?? '',
      share,
      change === undefined || change.judged === 'same' ? '' : verdicts[change.judged],
    ];
  };
  const judged = figures.filter(({ better }) => better !== undefined);
  const sentences = [
    ...missing.map(({ what, why }) => `Not measured: ${what}: ${why}`),
    ...parts.filter(({ result }) => result === 'cut_short').map(({ name, text }) => `Not whole: ${name}: ${text}`),
    // Of what was not measured the reason is all that there is to know.
    ...parts
      .filter(({ result }) => result !== 'not_measured')
      .flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)),
    ...notes,
  ];
  return `${[
    `${machine.name}: ${machine.chip}, ${machine.cores} cores, load ${machine.load.toFixed(1)}, ${cards}, ${machine.distribution}, ${machine.kernel}`,
    `commit ${commit.id.slice(0, 12)}${commit.changed ? ', changed' : ''}, ${rounds} rounds, a middle each`,
    ...(judged.length > 0 ? [grid([['', 'middle', 'of 95 in 100', 'baseline', ''], ...judged.map(row)])] : []),
    ...(sentences.length > 0 ? [sentences.join('\n')] : []),
    verdict.text,
  ].join('\n\n')}\n`;
}
