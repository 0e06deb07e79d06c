// What this machine comes to at this commit, held against its baseline (npm run hardware): README.md.

import { join, resolve } from 'node:path';
import { exits } from '../../harness/exits.ts';
import { NoReportError } from '../../harness/kit/document.ts';
import { type MachineRun, machine_name, readMachineRun } from '../../harness/kit/machine-run.ts';
import { amount, optionLines, readWords, UsageError, whole, words } from '../../harness/kit/options.ts';
import { NotMeasured } from '../../harness/kit/run.ts';
import { exit_of } from '../../harness/kit/verdict.ts';
import { untilSignal } from '../../harness/measure/run-part.ts';
import { withOutput, writeOutput } from '../../harness/output.ts';
import { picturesOf } from '../../harness/report/pictures.ts';
import { package_root } from '../../src/installation.ts';
import { plainLines } from '../../src/plain-text.ts';
import { baselineOf, baselinePath, unfitFor } from './baseline.ts';
import { judge } from './judge.ts';
import { measureMachine } from './measure.ts';
import { hardware_parts } from './parts.ts';
import { text } from './text.ts';
import { readTrends } from './trends.ts';
import { trendsPage } from './trends-page.ts';

const names = hardware_parts.map(({ name }) => name);
const folder = 'build/hardware';
const options = {
  rounds: whole('of all parts, in turns; fewer than 4 are not compared', 8, 1, 100),
  only: words('NAME', `one part alone: ${names.join(', ')}`),
  dir: words('DIR', `where the run goes, and the report of each part below it (${folder})`),
  machine: words('NAME', 'of this machine, where its kind (chip, cores, graphics) is not enough'),
  baseline: words('FILE', `another one than ci/hardware/baselines/NAME.json`),
  'threshold-percent': amount('by so much a middle must have changed to count', 5, 0.1, 1000),
  page: words('FILE', `of trends (${folder}/trends.html)`),
  png: words('DIR', 'pictures of that page, by Chromium'),
};

const help = `usage: npm run hardware -- [options]
       npm run hardware -- accept FILE
       npm run hardware -- trends DIR [--page FILE] [--png DIR]

Measures what this machine has, some minutes a round, and holds it against
the baseline of this machine, which lies in the repository. What it has not is
told. accept makes a run the baseline; trends draws the runs of a folder, one a
commit. Nothing else should run meanwhile.

${optionLines(options).join('\n')}

exit codes: 0 nothing is worse than in the baseline, 1 something is, or a part
failed, 2 usage, 7 a file could not be written, 8 cut short by a signal or a
part's time budget, 9 nobody can tell: no baseline, nothing measured, or every
figure varies too much`;

async function run(argv: readonly string[]): Promise<number> {
  try {
    const { values, operands, help: wanted } = readWords(options, argv);
    const [command, operand, ...more] = operands;
    if (wanted) {
      process.stdout.write(`${help}\n`);
      return exits.passed;
    }
    if (command === undefined) return await measure(values);
    if (operand === undefined || more.length > 0) throw new UsageError(`"${command}" takes one file or folder`);
    if (command === 'accept') return accept(operand, values.baseline);
    if (command === 'trends')
      return await trends(operand, values.page ?? resolve(package_root, folder, 'trends.html'), values.png);
    throw new UsageError(`there is no command "${command}": accept, trends, or none to measure`);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}. npm run hardware -- --help tells more.\n`);
      return exits.usage;
    }
    if (!(error instanceof NoReportError || error instanceof NotMeasured)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exits.not_measured;
  }
}

type Wanted = ReturnType<typeof readWords<typeof options>>['values'];

async function measure({
  only,
  rounds,
  dir,
  machine,
  baseline,
  'threshold-percent': percent,
}: Wanted): Promise<number> {
  const parts = hardware_parts.filter(({ name }) => only === undefined || name === only);
  if (parts.length === 0) throw new UsageError(`there is no part "${only}": ${names.join(', ')}`);
  if (machine !== undefined && !machine_name.test(machine))
    throw new UsageError(`--machine wants small letters, digits and "-", not "${machine}"`);
  if (baseline !== undefined) readMachineRun(baseline); // that it is none is told before the work
  const into = dir ?? resolve(package_root, folder);
  const ending = untilSignal();
  const reports = join(into, 'reports');
  const measured = await measureMachine({ parts, rounds, name: machine, reports, signal: ending.signal });
  ending.release();
  const file = join(into, `${fileOf(measured)}.json`);
  writeOutput(file, `${JSON.stringify(measured)}\n`);
  const judged = judge(measured, baselineOf(measured.machine.name, baseline), percent / 100);
  process.stdout.write(plainLines(text(measured, judged)));
  process.stderr.write(`The run is ${file}.\n`);
  return exit_of[judged.verdict.result];
}

/** One a machine and commit: measured again it is another. */
const fileOf = ({ machine, commit }: MachineRun): string =>
  `${machine.name}-${commit.id.slice(0, 12)}${commit.changed ? '-changed' : ''}`;

function accept(path: string, place: string | undefined): number {
  const accepted = readMachineRun(path);
  const unfit = unfitFor(accepted);
  if (unfit.length > 0) throw new NoReportError(`${path} is no baseline. ${unfit.join(' ')}`);
  const { name, load, cores } = accepted.machine;
  const baseline = place ?? baselinePath(name);
  writeOutput(baseline, `${JSON.stringify(accepted)}\n`);
  if (load > cores / 2)
    process.stderr.write(`The machine was busy when it began (load ${load.toFixed(1)}): so is the baseline.\n`);
  process.stdout.write(`${baseline} is the baseline of ${name} from now on. Commit it, and say why.\n`);
  return exits.passed;
}

async function trends(dir: string, page: string, png: string | undefined): Promise<number> {
  const found = readTrends(dir);
  for (const sentence of found.left_out) process.stderr.write(`${sentence}\n`);
  writeOutput(page, trendsPage(found));
  process.stdout.write(`The page is ${page}.\n`);
  if (png !== undefined) process.stderr.write(`${await picturesOf(page, png)}\n`);
  return exits.passed;
}

process.exitCode = await withOutput(() => run(process.argv.slice(2)));
