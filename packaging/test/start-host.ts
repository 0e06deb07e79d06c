// Starts the host that is installed in a root, as an ordinary user, sees it answer, ends it: node packaging/test/start-host.ts ROOT UID
// In a network of its own (unshare --net), so that every port is free.

import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { request } from 'undici';

const deadline_ms = 60_000;
const http_port = 47_989;

const [root = '', uid = ''] = process.argv.slice(2);
if (root === '' || uid === '') fail('usage: start-host.ts ROOT UID');
const entry = [
  root,
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${uid}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--',
];
const environment = { PATH: '/usr/bin:/bin', HOME: '/home/streamer', LANG: 'C.UTF-8' };

// As a timer would call it: without HOME; and with what somebody set for another program.
const { HOME: _, ...homeless } = environment;
const doctor = spawnSync('/usr/sbin/chroot', [...entry, 'punktfunk-host', 'doctor', '--json'], {
  env: { ...homeless, NODE_OPTIONS: '--require /gone.js' },
  encoding: 'utf8',
});
if (doctor.error || doctor.stdout === '') fail(`doctor said nothing: ${doctor.error?.message ?? doctor.stderr}`);
const report = JSON.parse(doctor.stdout) as {
  complete: boolean;
  checks: { name: string; state: string; detail: string }[];
};
const missing = report.checks
  .filter(({ state }) => state === 'missing')
  .map(({ name, detail }) => `${name}: ${detail}`);
if (doctor.status !== 0 || !report.complete) fail(`doctor exits with ${doctor.status}: ${missing.join('; ')}`);
console.log(`doctor: complete, ${report.checks.length} checks`);

const host = spawn('/usr/sbin/chroot', [...entry, 'punktfunk-host', 'serve', '--display', 'synthetic'], {
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const watchdog = setTimeout(() => {
  host.kill('SIGKILL');
  fail(`nothing for ${deadline_ms / 1000} s`);
}, deadline_ms);
const ended = new Promise<string>((resolve) => host.once('exit', (code, signal) => resolve(signal ?? String(code))));
const lines = createInterface({ input: host.stdout });
const ready = await new Promise<boolean>((resolve) => {
  lines.on('line', (line) => {
    console.log(line);
    if (line.includes('"event":"ready"')) resolve(true);
  });
  void ended.then(() => resolve(false));
});
if (!ready) fail(`the host ended with ${await ended} before it was ready`);
// Not by fetch, which says that it is a web page.
const info = await (await request(`http://127.0.0.1:${http_port}/serverinfo`)).body.text();
if (!info.includes('<appversion>')) fail(`the server's information is: ${info}`);
console.log('serverinfo:', info);
host.kill('SIGTERM');
const end = await ended;
clearTimeout(watchdog);
if (end !== '0') fail(`after SIGTERM the host ended with ${end}`);
console.log('ended cleanly');

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
