// The fleet program in ci/runners: its own packages, its types, its tests. Nothing here reaches a machine but loopback.

import { globSync } from 'node:fs';
import { must } from '../harness/checks/command.ts';
import { runFile } from './count.ts';
import { installPackages } from './own-packages.ts';
import { check, finish } from './step.ts';

await installPackages('ci/runners');
await check('types', () => must('tsc', '--noEmit', '-p', 'ci/runners'));
for (const file of globSync('ci/runners/*.test.ts').sort()) await runFile(file);
finish();
