// A command of the kit that measures: its words are read, it runs within its time, and a report is left however it ends.

import { harness_command } from '../../src/installation.ts';
import { plainLines } from '../../src/plain-text.ts';
import type { HarnessCommand } from '../command.ts';
import { exits } from '../exits.ts';
import { claimFiles, writeOutput } from '../output.ts';
import { machine, versions } from './machine.ts';
import {
  amount,
  flag,
  limit,
  type OptionTable,
  optionLines,
  readWords,
  type Values,
  whole,
  words,
  wrap,
} from './options.ts';
import { type Report, report_version } from './report.ts';
import { type LimitName, limit_table, NotMeasured, Run } from './run.ts';
import { text } from './text.ts';
import { requireOther, withUsage } from './usage.ts';
import { exit_of, verdictOf } from './verdict.ts';

export interface Measurement<O extends OptionTable> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Behind the name, as --help has them. */
  readonly operands: string;
  /** What is measured from where to where; broken into lines where it is shown. */
  readonly about: string;
  readonly examples: readonly string[];
  readonly options: O;
  readonly limits: readonly LimitName[];
  /** So long at most, unless another time is given. */
  readonly budget_s: number;
  /** Throws UsageError for operands that make no sense, before anything is begun. */
  check?(operands: readonly string[], values: Values<O>): void;
  /** Adds to the run what it measures as it comes; ends when run.signal is aborted. Throws NotMeasured. */
  measure(run: Run<Values<O>>): Promise<void>;
}

/** How long what was told to end may take for it. */
const goodbye_ms = 20_000;

const commonWith = (budget_s: number) => ({
  'budget-s': amount('seconds it may take in all', budget_s, 1, 7 * 86_400),
  seed: whole('of everything random in it', 1, 0, Number.MAX_SAFE_INTEGER),
  json: flag('the report on standard output, instead of tables'),
  out: words('FILE', 'the report into this file too'),
});
type Common = Values<ReturnType<typeof commonWith>>;

export function command<O extends OptionTable>(measurement: Measurement<O>): HarnessCommand {
  return {
    summary: measurement.summary,
    run: (argv) => withUsage(measurement.name, () => runMeasurement(measurement, argv)),
  };
}

/** Its own options, those of every measurement, and the limits that it knows. */
function tableOf<O extends OptionTable>({ options, limits, budget_s }: Measurement<O>) {
  const known = Object.fromEntries(limits.map((name) => [name, limit(limit_table[name].text, 1e9)]));
  return { ...options, ...known, ...commonWith(budget_s) };
}

function help<O extends OptionTable>(measurement: Measurement<O>): string {
  const { name, operands, about, examples } = measurement;
  return [
    `usage: punktfunk-harness ${name} ${operands}`.trimEnd(),
    '',
    ...wrap(about.replaceAll('\n', ' '), 80),
    '',
    ...examples.map((words) => `  ${harness_command} ${name} ${words}`),
    ...(examples.length > 0 ? [''] : []),
    ...optionLines(tableOf(measurement)),
    '',
    'exit codes: 0 passed, 1 a limit was passed or something failed, 2 usage, 7 the',
    'output or a file could not be written, 8 cut short by a signal or the time',
    'budget, 9 it could not be measured here',
  ].join('\n');
}

/** Resolves with the exit code. */
async function runMeasurement<O extends OptionTable>(
  measurement: Measurement<O>,
  argv: readonly string[],
): Promise<number> {
  const read = readWords(tableOf(measurement), argv);
  if (!read.help) measurement.check?.(read.operands, read.values as Values<O>);
  if (read.help) {
    process.stdout.write(`${help(measurement)}\n`);
    return exits.passed;
  }
  const { json, out } = read.values as Common;
  requireOther([out], read.operands);
  claimFiles(out);
  const report = await measured(measurement, read);
  // Names in it come from hosts and from other people's reports.
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : plainLines(text(report)));
  if (json || report.verdict.result !== 'passed') process.stderr.write(`${plainLines(report.verdict.text)}\n`);
  if (out !== undefined) writeOutput(out, `${JSON.stringify(report)}\n`);
  return exit_of[report.verdict.result];
}

async function measured<O extends OptionTable>(
  measurement: Measurement<O>,
  { values, operands }: { values: object; operands: readonly string[] },
): Promise<Report> {
  const { seed, 'budget-s': budget_s } = values as Common;
  const begun = { at: new Date(), running_ms: performance.now(), machine: machine() };
  const ending = untilEnd(budget_s);
  const given = values as Readonly<Record<string, number | undefined>>;
  const limits = Object.fromEntries(
    measurement.limits.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
  const run = new Run<Values<O>>({
    values: values as Values<O>,
    operands,
    seed,
    budget_s,
    limits,
    signal: ending.signal,
    progress: progressLine(),
  });
  let not_measured: string | undefined;
  try {
    await Promise.race([measurement.measure(run), ending.late]);
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    not_measured = error.message;
  } finally {
    ending.release();
    run.progress('');
  }
  noteClock(run, begun);
  noteLoad(run, begun.machine);
  const cut_short = ending.reason();
  const partial = cut_short ?? not_measured;
  const options = Object.entries(values).filter(([, value]) => value !== undefined);
  return {
    version: report_version,
    command: [measurement.name, ...operands].join(' '),
    options: Object.fromEntries(options) as Report['options'],
    seed,
    started: begun.at.toISOString(),
    ended: new Date().toISOString(),
    machine: begun.machine,
    versions: { ...versions(), ...run.versions },
    clock: run.clock,
    cases: run.wholeCases(),
    comparisons: run.comparisons,
    notes: run.notes,
    ...(partial === undefined ? {} : { partial }),
    verdict: verdictOf({ limits: run.held, failures: run.failures, doubts: run.doubts, cut_short, not_measured }),
  };
}

/** What else ran is in every figure. */
function noteLoad(run: { note(sentence: string): void }, { load, cores }: Report['machine']): void {
  if (load > cores / 2)
    run.note(`The machine was busy when it began (load ${load.toFixed(1)} on ${cores} cores): so are the figures.`);
}

/** Durations are of a clock that never jumps; times of day are not. */
function noteClock(run: { note(sentence: string): void }, begun: { at: Date; running_ms: number }): void {
  const jump_s = (Date.now() - begun.at.getTime() - (performance.now() - begun.running_ms)) / 1000;
  if (Math.abs(jump_s) > 1)
    run.note(
      `The wall clock jumped by ${jump_s.toFixed(1)} s meanwhile, or the machine slept: the times of day of this report are not to be trusted.`,
    );
}

/** When a measurement must end before it is whole: a signal, or its time is up. The second signal ends the process as ever. */
function untilEnd(budget_s: number) {
  const abort = new AbortController();
  const late = Promise.withResolvers<void>();
  let reason: string | undefined;
  let patience: NodeJS.Timeout | undefined;
  const end = (why: string): void => {
    reason ??= why;
    abort.abort();
    patience ??= setTimeout(late.resolve, goodbye_ms);
  };
  const onSignal = (signal: NodeJS.Signals): void => end(`Cut short by ${signal}.`);
  const budget = setTimeout(
    () => end(`Cut short: the time budget of ${budget_s} s was spent (--budget-s).`),
    budget_s * 1000,
  );
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  return {
    signal: abort.signal,
    late: late.promise,
    reason: () => reason,
    release: () => {
      clearTimeout(budget);
      clearTimeout(patience);
      process.removeListener('SIGINT', onSignal);
      process.removeListener('SIGTERM', onSignal);
    },
  };
}

const quiet_ms = 5000;

/** One line that renews itself on a terminal; elsewhere a line now and then. '' ends it. */
function progressLine(): (text: string) => void {
  let shown = '';
  let shown_ms = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (text === shown) return;
    if (process.stderr.isTTY)
      process.stderr.write(`\x1b[2K\r${text.slice(0, Math.max(0, (process.stderr.columns || 80) - 1))}`);
    else if (text === '' || performance.now() - shown_ms < quiet_ms) return;
    else process.stderr.write(`${text}\n`);
    shown = text;
    shown_ms = performance.now();
  };
}
