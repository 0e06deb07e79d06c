// Measures with the kit that is installed in a root, as an ordinary user: node packaging/test/measure-there.ts ROOT UID
// Its help, the network, and how late a picture of the host beside it is, on a desktop of its own. No figure is judged.

import { spawnSync } from 'node:child_process';

const deadline_ms = 180_000;
const [root = '', uid = ''] = process.argv.slice(2);
if (root === '' || uid === '') fail('usage: measure-there.ts ROOT UID');
const user = [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${uid}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--',
];
const environment = { PATH: '/usr/bin:/bin', HOME: '/home/streamer', LANG: 'C.UTF-8' };

function kit(...words: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnSync(
    '/usr/sbin/chroot',
    [root, ...user, 'punktfunk-harness', ...words],
    {
      env: environment,
      encoding: 'utf8',
      timeout: deadline_ms,
      maxBuffer: 64 << 20,
    },
  );
  if (status !== 0) fail(`punktfunk-harness ${words.join(' ')} ended with ${status ?? signal}: ${stderr || stdout}`);
  return stdout;
}

interface Measured {
  cases: { name: string; series: { name: string; summary: { count: number; p50: number } }[] }[];
}

function measure(series: string, ...words: readonly string[]): void {
  const { cases } = JSON.parse(kit(...words, '--json')) as Measured;
  const found = cases.flatMap((one) => one.series).find(({ name }) => name === series);
  if (found === undefined) fail(`${words[0]} tells nothing of "${series}": ${JSON.stringify(cases).slice(0, 2000)}`);
  console.log(`${series}: ${found.summary.p50.toFixed(2)} ms in the middle of ${found.summary.count}`);
}

const help = kit('--help');
if (!help.includes('\n  latency ')) fail(`its help has no latency:\n${help}`);
measure('handed over to whole', 'throughput', '--gbps', '0.1', '--seconds', '1');
measure(
  'painted to decoded',
  'latency',
  '--seconds',
  '2',
  '--input-seconds',
  '0',
  '--width',
  '640',
  '--height',
  '360',
  '--fps',
  '30',
);

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
