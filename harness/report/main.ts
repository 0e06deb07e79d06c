// `punktfunk-harness report`: what was measured, as a page, as Markdown, as pictures.

import { basename } from 'node:path';
import { harness_command } from '../../src/installation.ts';
import type { HarnessCommand } from '../command.ts';
import { exits } from '../exits.ts';
import { NoReportError } from '../kit/document.ts';
import { optionLines, readWords, UsageError, words } from '../kit/options.ts';
import { readReport } from '../kit/report.ts';
import { requireOther, withUsage } from '../kit/usage.ts';
import { claimFiles, writeOutput } from '../output.ts';
import { markdown } from './markdown.ts';
import { page, type Source } from './page.ts';
import { picturesOf } from './pictures.ts';

const options = {
  page: words('FILE', 'where the page goes (report.html)'),
  markdown: words('FILE', 'Markdown too, for the summary of a CI run; - for standard output'),
  baseline: words('FILE', 'an earlier report of the same command, drawn beside it'),
  png: words('DIR', 'pictures of the page, light and dark, by Chromium'),
};

const help = `usage: punktfunk-harness report FILE… [options]

Reports (--out of every command that measures) as one page that needs nothing
else: no script, no server, light and dark.

  ${harness_command} report latency.json loss.json --page measured.html

${optionLines(options).join('\n')}

exit codes: 0 made, 2 usage, 7 a file could not be written, 9 a file is no
report`;

function write(path: string, contents: string): void {
  if (path === '-') process.stdout.write(contents);
  else writeOutput(path, contents);
}

async function run(argv: readonly string[]): Promise<number> {
  try {
    const { values, operands, help: wanted } = readWords(options, argv);
    if (wanted) {
      process.stdout.write(`${help}\n`);
      return exits.passed;
    }
    if (operands.length === 0) throw new UsageError('report takes the files of reports');
    const place = values.page ?? 'report.html';
    requireOther([place, values.markdown], [...operands, values.baseline]);
    claimFiles(place, values.markdown);
    const sources = operands.map((path): Source => ({ name: basename(path, '.json'), report: readReport(path) }));
    const baseline = values.baseline === undefined ? undefined : readReport(values.baseline);
    if (baseline && sources.every(({ report }) => report.command !== baseline.command))
      throw new UsageError(`${values.baseline} is of "${baseline.command}", and none of the reports is`);
    write(place, page(sources, baseline));
    if (values.markdown !== undefined) write(values.markdown, markdown(sources));
    process.stderr.write(`The page is ${place}.\n`);
    if (values.png !== undefined) process.stderr.write(`${await picturesOf(place, values.png)}\n`);
    return exits.passed;
  } catch (error) {
    if (!(error instanceof NoReportError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exits.not_measured;
  }
}

export const report: HarnessCommand = {
  summary: 'a page, Markdown and pictures of what was measured',
  run: (argv) => withUsage('report', () => run(argv)),
};
