// A machine measured: all parts in turns, some rounds of them, so that what drifts on the machine hits all alike.

import { join } from 'node:path';
import { exits } from '../../harness/exits.ts';
import { commit, versions } from '../../harness/kit/machine.ts';
import { type MachineRun, machine_run_version, type Part as PartOf } from '../../harness/kit/machine-run.ts';
import type { Result } from '../../harness/kit/report.ts';
import { NotMeasured } from '../../harness/kit/run.ts';
import { exit_of } from '../../harness/kit/verdict.ts';
import type { Part } from '../../harness/measure/parts.ts';
import { type PartRun, runPart } from '../../harness/measure/run-part.ts';
import { writeOutput } from '../../harness/output.ts';
import { figuresOf, type Measured } from './figures.ts';
import { describe } from './machine.ts';

export interface Wanted {
  readonly parts: readonly Part[];
  readonly rounds: number;
  /** Of the machine, when its kind is not name enough. */
  readonly name: string | undefined;
  /** Where each part's report goes, for those who look closer. */
  readonly reports: string;
  readonly signal: AbortSignal;
}

/** Throws NotMeasured. */
export async function measureMachine({ parts, rounds, name, reports, signal }: Wanted): Promise<MachineRun> {
  const of = commit();
  if (of === undefined) throw new NotMeasured('This is no checkout of git: what is measured has to be of a commit.');
  const { machine, versions: software, missing } = describe(name);
  const started = new Date().toISOString();
  const measured: Measured[] = [];
  const ends = new Map<Part, PartRun[]>(parts.map((part) => [part, []]));
  let whole = 0;
  for (; whole < rounds; whole++) {
    const round: Measured[] = [];
    for (const part of parts) {
      if (signal.aborted) break;
      process.stderr.write(`round ${whole + 1} of ${rounds}: ${part.name}\n`);
      const run = await runPart(part, signal);
      ends.get(part)?.push(run);
      if (!run.report) continue;
      writeOutput(join(reports, `${part.name}-${whole + 1}.json`), `${JSON.stringify(run.report)}\n`);
      round.push({ part: part.name, report: run.report });
    }
    if (signal.aborted) break;
    measured.push(...round);
  }
  const told = [...ends].filter(([, runs]) => runs.length > 0).map(([part, runs]) => endOf(part, runs));
  const { commit: _, ...ours } = versions();
  return {
    document: 'machine run',
    version: machine_run_version,
    started,
    ended: new Date().toISOString(),
    machine,
    versions: Object.assign({}, ...measured.map(({ report }) => withoutCommit(report.versions)), software, ours),
    commit: of,
    rounds: whole,
    parts: told,
    figures: figuresOf(measured),
    missing: [
      ...missing,
      ...told.filter(({ result }) => result === 'not_measured').map(({ name, text }) => ({ what: name, why: text })),
    ],
    ...(signal.aborted ? { partial: `cut short by a signal after ${whole} of ${rounds} rounds.` } : {}),
  };
}

const withoutCommit = ({ commit: _, ...rest }: Record<string, string>): Record<string, string> => rest;

/** What says most of some rounds; who left no report failed. */
const worst_first: readonly Result[] = ['failed', 'cut_short', 'not_measured', 'passed'];

function endOf({ name, words }: Part, runs: readonly PartRun[]): PartOf {
  const ends = runs.map(({ code, report }): Pick<PartOf, 'result' | 'text'> => {
    if (report) return { result: report.verdict.result, text: report.verdict.text };
    const result = code === exits.passed ? 'failed' : (worst_first.find((one) => exit_of[one] === code) ?? 'failed');
    return { result, text: `It ended with ${code} and left no report.` };
  });
  const result = worst_first.find((one) => ends.some((end) => end.result === one)) ?? 'passed';
  const text = ends.find((end) => end.result === result)?.text ?? '';
  return {
    name,
    words: [...words],
    result,
    text,
    notes: [...new Set(runs.flatMap(({ report }) => report?.notes ?? []))],
  };
}
