// The C++ tests.

import { build, runCtest } from './count.ts';
import { finish } from './step.ts';

if (await build('native', ['all', 'tests'], '-DPUNKTFUNK_TESTS=ON')) await runCtest('native', '-j', '2');
finish();
