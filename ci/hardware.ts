// The tests of ci/hardware, which measures machines: of what it says of them, not of their figures.

import { globSync } from 'node:fs';
import { runFile } from './count.ts';
import { finish } from './step.ts';

for (const file of globSync('ci/hardware/*.test.ts').sort()) await runFile(file);
finish();
