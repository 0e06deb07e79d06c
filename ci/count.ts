// Tests that programs of their own run and count, for the steps that run such.

import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { endOf, execute } from '../harness/checks/command.ts';
import { TapReader } from '../harness/checks/count.ts';
import { logs, report, scratch } from './step.ts';

/** Runs what speaks TAP. Each of its results is a test; or, with `leaves`, each assertion inside of them, as tap counts. */
async function runTap(
  name: string,
  [program = '', ...words]: string[],
  { leaves = false, env = {} } = {},
): Promise<void> {
  const reader = new TapReader(report, (title) => (leaves ? title : `${name}: ${title}`), leaves);
  const { code, stdout, stderr } = await execute(program, words, { env, onLine: (line) => reader.line(line) });
  reader.end();
  writeFileSync(`${logs}-${name}.log`, `${stdout}${stderr}`);
  // One that died before its first case is a failure too.
  if (code !== 0 && !reader.bad) report.failed(name, endOf(`${stdout}${stderr}`));
}

/** Runs a file of TypeScript tests. */
export const runFile = (file: string, env: Record<string, string> = {}): Promise<void> =>
  runTap(basename(file, '.test.ts'), [process.execPath, file], { env: { TMPDIR: scratch, ...env } });
