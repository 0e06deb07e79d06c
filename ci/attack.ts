// Attacks from loopback on a host that streams: harness/attack/README.md.

import { runFile } from './count.ts';
import { finish } from './step.ts';

await runFile('harness/attack/attacks.ts');
finish();
