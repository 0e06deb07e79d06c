// What a run comes to: against the baseline of its machine, and by what failed.

import type { MachineRun } from '../../harness/kit/machine-run.ts';
import type { Comparison, Report } from '../../harness/kit/report.ts';
import { verdictOf } from '../../harness/kit/verdict.ts';
import { against, baselinePath, caseOf, changeOf } from './baseline.ts';

export interface Judged {
  readonly verdict: Report['verdict'];
  readonly comparisons: readonly Comparison[];
  readonly notes: readonly string[];
}

export function judge(run: MachineRun, baseline: MachineRun | undefined, threshold: number): Judged {
  const compared = baseline && against(baseline, run, threshold);
  const comparisons = compared?.comparisons ?? [];
  const worse = comparisons.filter(({ judged }) => judged === 'worse').map(changeOf);
  const gone = (compared?.gone ?? []).map(
    (figure) => `${caseOf(figure)}: ${figure.name} is in the baseline, and could not be measured`,
  );
  const failed = run.parts
    .filter(({ result }) => result === 'failed')
    .map(({ name, text }) => `${name}: ${text.replace(/^Failed: /, '')}`);
  const late = run.parts.find(({ result }) => result === 'cut_short');
  const unsure = comparisons.filter(({ judged }) => judged === 'unsure');
  const doubt = unsure.length > 0 ? [doubtOf(unsure, comparisons.length)] : [];
  const verdict = verdictOf({
    limits: [],
    failures: [...failed, ...worse, ...gone],
    // Of a hundred figures some always vary too much: what the others say stands.
    doubts: unsure.length === comparisons.length ? doubt : [],
    cut_short: sentence(run.partial) ?? (late && `${late.name}: ${late.text}`),
    not_measured: notCompared(run, baseline, comparisons),
  });
  const passed = `Nothing is seen to be worse than in the baseline: ${comparisons.length - unsure.length} figures compared.`;
  return {
    verdict: verdict.result === 'passed' ? { ...verdict, text: passed } : verdict,
    comparisons,
    notes: [...(compared?.notes ?? []), ...doubt.map((text) => `Nobody can tell ${text}.`)],
  };
}

/** Of many the widest are told; all of them stand in the table. */
const told_doubts = 3;

function doubtOf(unsure: readonly Comparison[], compared: number): string {
  const width = ({ between: [least, most] }: Comparison) => most - least;
  const widest = unsure.toSorted((one, other) => width(other) - width(one)).slice(0, told_doubts);
  const which = `of ${unsure.length} of ${compared} figures whether they are worse; more rounds or a quieter machine would tell`;
  return `${which}. ${unsure.length > told_doubts ? 'Those that vary most: ' : ''}${widest.map(changeOf).join('; ')}`;
}

const sentence = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** A run that nothing was held against has not passed. */
function notCompared(
  run: MachineRun,
  baseline: MachineRun | undefined,
  comparisons: readonly Comparison[],
): string | undefined {
  const { name } = run.machine;
  if (run.figures.length === 0) return `Nothing could be measured on ${name}.`;
  if (baseline === undefined)
    return `${name} has no baseline, so that nothing was compared. Look at the figures, and accept them: npm run hardware -- accept FILE (it becomes ${baselinePath(name)}).`;
  if (comparisons.length === 0)
    return 'Nothing was compared: the run and the baseline have no figure of at least 4 rounds in common.';
  return undefined;
}
