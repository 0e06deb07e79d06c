// `punktfunk-harness compare`: has anything become worse, and how sure is that?

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { harness_command } from '../../src/installation.ts';
import { exits } from '../exits.ts';
import { NoReportError } from '../kit/document.ts';
import { command } from '../kit/measurement.ts';
import { amount, UsageError, type Values, whole, words } from '../kit/options.ts';
import { type Comparison, parseReport, type Report, readReport } from '../kit/report.ts';
import { NotMeasured, type Run } from '../kit/run.ts';
import { comparisonsOf, differences, fewest_rounds, isSettled, pairsOf } from './compare.ts';

/** Before anybody asks whether they are enough. */
const first_rounds = 8;

const options = {
  rounds: whole(
    'times that commands are run at most, in turns: A B, B A; fewer when more would tell nothing',
    40,
    fewest_rounds,
    1000,
  ),
  'threshold-percent': amount('by so much a middle must have changed to count', 5, 0.1, 1000),
  series: words('NAMES', 'these alone, parted by ";": of CPU time more can be told on a busy machine than of time'),
};

type CompareRun = Run<Values<typeof options>>;

export const compare = command({
  name: 'compare',
  summary: 'two runs or two hosts: what became worse, and how sure that is',
  operands: 'A B [options]',
  about: `A and B are files with reports (--out), or commands in quotes that print one
(--json): these are run in turns, A B, B A, so that what changes on the machine
meanwhile hits both. Middles are compared, series by series; the interval holds
in 99 of 100 comparisons. Sure, over the threshold and for the worse: it fails.
Where the interval has no change in it and one of twice the threshold as well,
nobody can tell: exit code 9.`,
  examples: [
    'before.json after.json',
    `'${harness_command} latency hostA --json' \\
    '${harness_command} latency hostB --json'`,
  ],
  options,
  limits: [],
  budget_s: 3600,
  check(operands) {
    if (operands.length !== 2) throw new UsageError('compare takes two reports or two commands');
    if (new Set(operands.map(isFile)).size > 1)
      throw new UsageError(
        `${operands.find((word) => !isFile(word))} is no file, and the other is: compare takes two of a kind`,
      );
  },
  async measure(run) {
    const [a = '', b = ''] = run.operands;
    const measured = isFile(a) ? { a: [reportIn(a)], b: [reportIn(b)] } : await inTurns(run, a, b);
    judge(run, measured.a, measured.b);
  },
});

const thresholdOf = (run: CompareRun): number => run.values['threshold-percent'] / 100;
const pairsIn = ({ values: { series } }: CompareRun, a: readonly Report[], b: readonly Report[]) =>
  pairsOf(
    a,
    b,
    series?.split(';').map((name) => name.trim()),
  );

/** A command has words; a file that is not there is meant as one all the same. */
const isFile = (word: string): boolean => existsSync(word) || /^\S+\.json$/.test(word);

function reportIn(path: string): Report {
  try {
    return readReport(path);
  } catch (error) {
    if (error instanceof NoReportError) throw new NotMeasured(error.message);
    throw error;
  }
}

function judge(run: CompareRun, a: readonly Report[], b: readonly Report[]): void {
  const pairs = pairsIn(run, a, b);
  if (pairs.length === 0) throw new NotMeasured(nothingIn(run, a, b));
  for (const sentence of a[0] && b[0] ? differences(a[0], b[0]) : []) run.note(sentence);
  if (a.length === 1)
    run.note(
      'A and B were measured one after the other: what changed on the machine between them counts as a difference.',
    );
  for (const [name, side] of [
    ['A', 'a'],
    ['B', 'b'],
  ] as const)
    for (const one of new Set(pairs.map((pair) => pair.case))) {
      const kept = run.newCase(one === '' ? name : `${one}, ${name}`);
      for (const pair of pairs) if (pair.case === one) kept.addSeries({ ...pair.series, values: pair[side].flat() });
    }
  const comparisons = comparisonsOf(pairs, thresholdOf(run), run.seed);
  if (comparisons.length === 0)
    throw new NotMeasured(`A and B have too few values to say anything: at least ${fewest_rounds} rounds are needed.`);
  run.comparisons.push(...comparisons);
  for (const one of comparisons)
    if (one.judged === 'worse') run.fail(`${withName(one)} ${percentOf(one)}.`);
    else if (one.judged === 'unsure')
      run.doubt(`${withName(one)} ${percentOf(one)}: more rounds or a quieter machine would tell.`);
}

function nothingIn(run: CompareRun, a: readonly Report[], b: readonly Report[]): string {
  const names = [...new Set(pairsOf(a, b).map(({ series }) => series.name))];
  return run.values.series === undefined || names.length === 0
    ? 'A and B have no series in common: there is nothing to compare.'
    : `A and B have no series "${run.values.series}". They have: ${names.join('; ')}.`;
}

const withName = ({ case: name, series }: Comparison): string => (name === '' ? series : `${name}, ${series}`);
function percentOf({ relative, between }: Comparison): string {
  const [percent, low, high] = [relative, ...between].map((share) => (share * 100).toFixed(1));
  return `has ${percent} % more in B than in A (within ${low} and ${high} %)`;
}

/** As many rounds as are wanted and fit into the time. */
async function inTurns(run: CompareRun, a: string, b: string): Promise<{ a: Report[]; b: Report[] }> {
  const measured = { a: [] as Report[], b: [] as Report[] };
  let longest_s = 0;
  for (let round = 0; round < run.values.rounds && !run.signal.aborted; round++) {
    const before_s = run.left_s;
    if (before_s < longest_s * 1.2) {
      run.note(`The time was enough for ${round} of ${run.values.rounds} rounds (--budget-s).`);
      break;
    }
    run.progress(`round ${round + 1} of ${run.values.rounds}`);
    // Whoever is always the second has what warmed up, or what filled up, in every round.
    for (const side of round % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const)) {
      const report = await reportOf(run, side.toUpperCase(), side === 'a' ? a : b);
      if (!report) return measured;
      measured[side].push(report);
    }
    longest_s = Math.max(longest_s, before_s - run.left_s);
    if (
      measured.a.length >= first_rounds &&
      isSettled(pairsIn(run, measured.a, measured.b), thresholdOf(run), run.seed)
    )
      break;
  }
  if (measured.a.length < fewest_rounds && !run.signal.aborted)
    throw new NotMeasured(
      `The time was enough for ${measured.a.length} rounds, and fewer than ${fewest_rounds} say nothing (--budget-s).`,
    );
  return measured;
}

/** Undefined: it was told to end. */
async function reportOf(run: CompareRun, name: string, line: string): Promise<Report | undefined> {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = () => endGroup(child);
  run.signal.addEventListener('abort', end, { once: true });
  try {
    const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
    if (run.signal.aborted) return undefined;
    if (code !== exits.passed && code !== exits.failed)
      throw new NotMeasured(`${name} could not be measured: "${line}" ended with ${code}: ${lastLine(err)}`);
    return parseReport(out, `What ${name} printed`);
  } catch (error) {
    if (error instanceof NoReportError) throw new NotMeasured(`${error.message} The command was: ${line}`);
    throw error;
  } finally {
    run.signal.removeEventListener('abort', end);
  }
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) || 'it said nothing.';

/** The shell and what it started, which ends as it is told. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // it has ended meanwhile
  }
}
