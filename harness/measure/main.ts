// `punktfunk-harness measure` (npm run measure): the whole kit at small sizes, one after the other, and one page of it.

import { join } from 'node:path';
import { harness_command, install_kind, package_root } from '../../src/installation.ts';
import type { HarnessCommand } from '../command.ts';
import { exits } from '../exits.ts';
import { optionLines, readWords, UsageError, words } from '../kit/options.ts';
import { withUsage } from '../kit/usage.ts';
import { writeOutput } from '../output.ts';
import { markdown } from '../report/markdown.ts';
import { page, type Source } from '../report/page.ts';
import { picturesOf } from '../report/pictures.ts';
import { type Part, parts } from './parts.ts';
import { runPart, untilSignal } from './run-part.ts';

const names = parts.map(({ name }) => name);
/** Beside what else a checkout has made; in the folder where one is, elsewhere. */
const default_dir = install_kind === 'checkout' ? 'build/measure' : 'punktfunk-measured';
const options = {
  dir: words('DIR', `where reports, page and pictures go (${default_dir})`),
  only: words('NAME', `one part alone: ${names.join(', ')}`),
};

const help = `usage: punktfunk-harness measure [options]

The whole kit at small sizes, about ten minutes on two cores, and one page of
what was measured. Nothing else should run meanwhile.

  ${harness_command} measure

${optionLines(options).join('\n')}

exit codes: 0 all passed, 1 a part failed, 2 usage, 7 a file could not be
written, 8 cut short by a signal or a part's time budget, 9 a part could not be
measured here`;

async function run(argv: readonly string[]): Promise<number> {
  const { values, operands, help: wanted } = readWords(options, argv);
  if (wanted) {
    process.stdout.write(`${help}\n`);
    return exits.passed;
  }
  if (operands.length > 0) throw new UsageError('measure takes options alone');
  const chosen = parts.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) throw new UsageError(`there is no part "${values.only}": ${names.join(', ')}`);
  return await measure(
    chosen,
    values.dir ?? (install_kind === 'checkout' ? join(package_root, default_dir) : default_dir),
  );
}

async function measure(chosen: readonly Part[], dir: string): Promise<number> {
  write(dir, 'parts.txt', `${chosen.map(({ name, words }) => `${name}: ${words.join(' ')}`).join('\n')}\n`);
  const sources: Source[] = [];
  const codes: number[] = [];
  const ending = untilSignal();
  for (const [i, part] of chosen.entries()) {
    if (ending.signal.aborted) break;
    process.stderr.write(`${i + 1} of ${chosen.length}: ${part.name}\n`);
    const { code, report } = await runPart(part, ending.signal);
    codes.push(code);
    if (!report) continue;
    sources.push({ name: part.name, report });
    write(dir, `${part.name}.json`, `${JSON.stringify(report)}\n`);
  }
  ending.release();
  if (ending.signal.aborted) codes.push(exits.cut_short);
  const made = write(dir, 'page.html', page(sources, undefined));
  write(dir, 'summary.md', markdown(sources));
  process.stderr.write(`${await picturesOf(made, dir)}\n`);
  for (const { name, report } of sources) process.stdout.write(`${name}: ${report.verdict.text}\n`);
  process.stdout.write(`The page is ${made}.\n`);
  return worstOf(codes);
}

/** What says most: a signal, what failed, what was not measured; a part that ended otherwise failed. */
function worstOf(codes: readonly number[]): number {
  const known: readonly number[] = [exits.passed, exits.failed, exits.cut_short, exits.not_measured];
  const all = codes.map((code) => (known.includes(code) ? code : exits.failed));
  return [exits.cut_short, exits.failed, exits.not_measured].find((code) => all.includes(code)) ?? exits.passed;
}

/** Its path. */
function write(dir: string, name: string, contents: string): string {
  const path = join(dir, name);
  writeOutput(path, contents);
  return path;
}

export const measure_all: HarnessCommand = {
  summary: 'the whole kit at small sizes, and one page of it',
  run: (argv) => withUsage('measure', () => run(argv)),
};
