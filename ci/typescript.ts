// The TypeScript tests, the way from pairing to picture among them.

import { finish } from './step.ts';
import { runTestFiles } from './test-files.ts';

await runTestFiles('others');
finish();
