// Load on the API of a host that streams: ci/load/README.md.

import { must } from '../harness/checks/command.ts';
import { runFile } from './count.ts';
import { installPackages } from './own-packages.ts';
import { check, finish } from './step.ts';

// clinic, which is optional, reads what a person looks at.
await installPackages('ci/load', '--omit=optional');
await check('types', () => must('tsc', '--noEmit', '-p', 'ci/load'));
await runFile('ci/load/load.ts');
finish();
