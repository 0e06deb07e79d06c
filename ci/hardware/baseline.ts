// The baseline of a machine, which lies in the repository, and a run held against it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { comparisonsOf, fewest_rounds, type Pair } from '../../harness/compare/compare.ts';
import { NoReportError } from '../../harness/kit/document.ts';
import { type Figure, type MachineRun, readMachineRun } from '../../harness/kit/machine-run.ts';
import type { Comparison } from '../../harness/kit/report.ts';
import { keyOf } from './figures.ts';

const folder = join(import.meta.dirname, 'baselines');

export const baselinePath = (machine: string): string => join(folder, `${machine}.json`);

/** undefined: this machine has none. Throws NoReportError. */
export function baselineOf(machine: string, path = baselinePath(machine)): MachineRun | undefined {
  if (!existsSync(path)) return undefined;
  const baseline = readMachineRun(path);
  if (baseline.machine.name !== machine)
    throw new NoReportError(
      `${path} is of another machine, ${baseline.machine.name}, and this one is ${machine}: figures of two machines are not compared.`,
    );
  return baseline;
}

/** Why a run is no baseline, in sentences. */
export function unfitFor({ commit, partial, rounds, figures }: MachineRun): string[] {
  return [
    ...(commit.changed ? ['It was measured with changes that are in no commit.'] : []),
    ...(partial === undefined ? [] : [`It is not whole: ${partial}`]),
    ...(rounds < fewest_rounds ? [`It has ${rounds} rounds, and fewer than ${fewest_rounds} say nothing.`] : []),
    ...(figures.length === 0 ? ['Nothing was measured.'] : []),
  ];
}

export interface Against {
  readonly comparisons: readonly Comparison[];
  /** Figures that the baseline has and the run has not. */
  readonly gone: readonly Figure[];
  /** What was measured otherwise, and is not compared; what else differs. */
  readonly notes: readonly string[];
}

/** How a figure is told and drawn. */
export const caseOf = ({ part, case: name }: Figure): string => (name === '' ? part : `${part}, ${name}`);

export function against(baseline: MachineRun, run: MachineRun, threshold: number): Against {
  const other_words = changedParts(baseline, run);
  const measured = new Set(run.parts.map(({ name }) => name));
  const comparable = baseline.figures.filter(({ part }) => measured.has(part) && !other_words.includes(part));
  const now = new Map(run.figures.map((figure) => [keyOf(figure), figure]));
  const pairs = comparable.flatMap((before): Pair[] => {
    const after = now.get(keyOf(before));
    if (after === undefined || before.better === undefined || after.unit !== before.unit) return [];
    const alone = (rounds: readonly number[]) => rounds.map((middle) => [middle]);
    const series = { ...before, better: before.better };
    return [{ case: caseOf(before), series, a: alone(before.rounds), b: alone(after.rounds) }];
  });
  return {
    comparisons: comparisonsOf(pairs, threshold, 1),
    gone: comparable.filter((figure) => figure.better !== undefined && !now.has(keyOf(figure))),
    notes: [
      ...other_words.map((part) => `${part} was measured with other words than before: it is not compared.`),
      ...differences(baseline, run),
    ],
  };
}

const changedParts = (baseline: MachineRun, run: MachineRun): string[] =>
  run.parts
    .filter(({ name, words }) => {
      const before = baseline.parts.find((part) => part.name === name);
      return before !== undefined && before.words.join(' ') !== words.join(' ');
    })
    .map(({ name }) => name);

/** What is not of the commit and may be why figures differ. */
function differences(baseline: MachineRun, run: MachineRun): string[] {
  const driverOf = ({ machine: { graphics } }: MachineRun) => graphics.map(({ driver }) => driver).join(', ') || 'none';
  const told: [what: string, before: string, now: string][] = [
    ['kernel', baseline.machine.kernel, run.machine.kernel],
    ['graphics driver', driverOf(baseline), driverOf(run)],
    ...[...new Set([...Object.keys(baseline.versions), ...Object.keys(run.versions)])].map(
      (name): [string, string, string] => [name, baseline.versions[name] ?? 'none', run.versions[name] ?? 'none'],
    ),
  ];
  return told
    .filter(([, before, now]) => before !== now)
    .map(([what, before, now]) => `It was measured with another ${what}: ${now}, before ${before}.`);
}

const percent = (share: number): string => Math.abs(share * 100).toFixed(1);

/** In a sentence's words: what has changed by how much, and within what that lies. */
export function changeOf({ case: name, series, relative, between }: Comparison): string {
  const [least, most] = between.map((share) => `${share < 0 ? '-' : '+'}${percent(share)}`);
  return `${name}: ${series} is ${percent(relative)} % ${relative < 0 ? 'less' : 'more'} (within ${least} and ${most} %)`;
}
