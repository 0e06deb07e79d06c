// The fleet program in ci/runners: its own packages, its types, its tests. Nothing here reaches a machine but loopback.

import { globSync } from 'node:fs';
import { must, sh } from '../harness/checks/command.ts';
import { runFile } from './count.ts';
import { check, finish } from './step.ts';

const stamp = 'build/stamps/runners';
const made_from = await sh`sha256sum ci/runners/package-lock.json | cut -d' ' -f1`;
// No script of any package is run: Pulumi's providers would fetch programs.
if ((await sh`[ ! -d ci/runners/node_modules ] || cat ${stamp} || :`) !== made_from)
  await check(
    'packages as the lock file has them',
    () => sh`
    npm --prefix ci/runners ci --ignore-scripts --no-audit --no-fund --loglevel=error
    mkdir -p build/stamps && printf %s ${made_from} >${stamp}`,
  );
await check('types', () => must('tsc', '--noEmit', '-p', 'ci/runners'));
for (const file of globSync('ci/runners/*.test.ts').sort()) await runFile(file);
finish();
