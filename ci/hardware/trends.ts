// The runs of a folder, one a commit: machine by machine, in the order of their commits, each held against the one before it.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NoReportError } from '../../harness/kit/document.ts';
import { type MachineRun, readMachineRun } from '../../harness/kit/machine-run.ts';
import type { Comparison } from '../../harness/kit/report.ts';
import { against } from './baseline.ts';

export interface Step {
  readonly run: MachineRun;
  /** Held against the run before it; of the first there are none. */
  readonly comparisons: readonly Comparison[];
  readonly notes: readonly string[];
}

export interface MachineTrend {
  readonly name: string;
  readonly steps: readonly [Step, ...Step[]];
  /** The last held against the first: what many small changes come to. Of two there is nothing more to tell. */
  readonly in_all: readonly Comparison[];
}

export interface Trends {
  readonly machines: readonly MachineTrend[];
  /** What is in the folder and not on the page, a sentence each. */
  readonly left_out: readonly string[];
}

/** By so much a middle must have changed to be told. */
const threshold = 0.05;

/** Throws NoReportError when there is nothing to draw. */
export function readTrends(folder: string): Trends {
  const left_out: string[] = [];
  const kept = new Map<string, { file: string; run: MachineRun }>();
  for (const file of jsonIn(folder)) {
    const run = readOr(join(folder, file), left_out);
    if (run === undefined) continue;
    const { machine, commit } = run;
    const key = `${machine.name}\n${commit.id}`;
    const other = kept.get(key);
    const [later, earlier] = other && other.run.started > run.started ? [other, { file, run }] : [{ file, run }, other];
    if (earlier)
      left_out.push(
        `${earlier.file} and ${later.file} are of the same commit, ${commit.id.slice(0, 12)}, on ${machine.name}: the later, ${later.file}, is drawn.`,
      );
    kept.set(key, later);
  }
  if (kept.size === 0)
    throw new NoReportError([`${folder} has no run to draw. npm run hardware makes them.`, ...left_out].join(' '));
  const runs = [...kept.values()].map(({ run }) => run);
  const names = [...new Set(runs.map(({ machine }) => machine.name))].sort();
  return { machines: names.map((name) => trendOf(name, runs)), left_out };
}

function jsonIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (error) {
    throw new NoReportError(`${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function readOr(path: string, left_out: string[]): MachineRun | undefined {
  try {
    const run = readMachineRun(path);
    if (!run.commit.changed && run.figures.length > 0) return run;
    left_out.push(
      run.commit.changed
        ? `${path} was measured with changes that are in no commit: it is left out.`
        : `${path} has no figures: it is left out.`,
    );
  } catch (error) {
    if (!(error instanceof NoReportError)) throw error;
    left_out.push(`${error.message} It is left out.`);
  }
  return undefined;
}

function trendOf(name: string, all: readonly MachineRun[]): MachineTrend {
  const [first, ...others] = all
    .filter(({ machine }) => machine.name === name)
    .sort((a, b) => a.commit.committed.localeCompare(b.commit.committed) || a.started.localeCompare(b.started));
  if (first === undefined) throw new Error(`${name} has no run`);
  const steps = others.map((run, i): Step => {
    const { comparisons, notes } = against(others[i - 1] ?? first, run, threshold);
    return { run, comparisons, notes };
  });
  const last = others.at(-1);
  const in_all = last && others.length > 1 ? against(first, last, threshold).comparisons : [];
  return { name, steps: [{ run: first, comparisons: [], notes: [] }, ...steps], in_all };
}
