// The loss sweep, whole: every code, size, parity and loss on real packets, each cell against its exact probability. Then the proof that it
// can fail: the same packets through a channel that loses a tenth more than the computation is told.

import { readFileSync, writeFileSync } from 'node:fs';
import { execute, expect, sh } from '../harness/checks/command.ts';
import { build } from './count.ts';
import { check, finish, logs, root, scratch } from './step.ts';

const worker = `${root}/build/native/bin/punktfunk-loss-sweep`;
const command = ['node', 'harness/main.ts', 'loss-sweep'];
if (!(await build('native', ['punktfunk-loss-sweep']))) finish();
await check('1539 cells within 4 sigma, every frame as sent', async () => {
  await sh`${command} --worker ${worker} --json ${logs}.json --page ${logs}.html`;
  const { results } = JSON.parse(readFileSync(`${logs}.json`, 'utf8')) as { results: unknown[] };
  expect(results.length === 1539, `${results.length} cells were computed`);
});
await check('a seed gives the same figures again, whatever the number of processes', async () => {
  const sweep = [...command, '--worker', worker, '--code', 'gf16', '--packets', '2000'];
  await sh`for jobs in 1 3; do ${sweep} --jobs $jobs --json ${scratch}/$jobs.json; done; cmp ${scratch}/1.json ${scratch}/3.json`;
});
await check('a tenth more loss than computed fails', async () => {
  const lossy = `${scratch}/lossy`;
  const script = `#!/bin/sh
while read -r id code k percent loss rest; do
  echo "$id $code $k $percent $(awk "BEGIN { print $loss * 1.1 }") $rest"
done | "${worker}"
`;
  writeFileSync(lossy, script, { mode: 0o755 });
  const { code, stdout, stderr } = await execute('node', [...command.slice(1), '--worker', lossy, '--code', 'gf16']);
  expect(code === 1 && `${stdout}${stderr}`.includes('beyond 4 sigma'), `it ended with ${code}: ${stdout}${stderr}`);
});
finish();
