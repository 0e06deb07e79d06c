// The files of TypeScript tests, and in which step they are run.

import { sh } from '../harness/checks/command.ts';
import { runTap } from './count.ts';
import { asUser } from './step.ts';

/** What streams, captures and encodes to measure it takes minutes, which npm test has not. */
const kit = ['capture', 'compare', 'encode', 'latency', 'loss-live', 'measure', 'soak', 'throughput'];
const of_kit = new RegExp(`^harness/(${kit.join('|')})/`);

/** As an ordinary user; each assertion counts. */
export async function runTestFiles(which: 'kit' | 'others'): Promise<void> {
  await sh`mkdir -p .tap && chmod -R a+rwX .tap`;
  const files = (await sh`git ls-files '*.test.ts' ':!ci/'`).split('\n');
  const chosen = files.filter((file) => of_kit.test(file) === (which === 'kit'));
  await runTap('tap', asUser('tap', 'run', '--reporter=tap', ...chosen), { leaves: true });
}
