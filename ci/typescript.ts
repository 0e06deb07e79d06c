// The TypeScript tests, the way from pairing to picture among them.

import { sh } from '../harness/checks/command.ts';
import { runTap } from './count.ts';
import { asUser, finish } from './step.ts';

await sh`mkdir -p .tap && chmod -R a+rwX .tap`;
const files = (await sh`git ls-files '*.test.ts' ':!ci/'`).split('\n');
await runTap('tap', asUser('tap', 'run', '--reporter=tap', ...files), { leaves: true });
finish();
