// The console in a browser, on hosts that stream: harness/console/README.md.

import { runFile } from './count.ts';
import { finish } from './step.ts';

for (const walk of ['walk', 'pages', 'troubles']) await runFile(`harness/console/${walk}.ts`);
finish();
