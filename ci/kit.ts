// The measuring kit's commands, each run against a host, a desktop or encoders of its own.

import { finish } from './step.ts';
import { runTestFiles } from './test-files.ts';

await runTestFiles('kit');
finish();
