import { type ChildProcess, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { startChild } from '../../src/test-children.ts';
import type { Host } from './config.ts';
import { openSshShell } from './ssh.ts';
import { host_key } from './test-fleet.ts';

const host: Host = { name: 'sofa', address: '192.0.2.1', port: 2222, user: 'core', host_key };

/** A program in ssh's place. */
function program(dir: string, text: string): string {
  const path = join(dir, 'ssh');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

t.test('the answers of ssh', async (t) => {
  const cases: [text: string, timeout_ms: number, answer: object][] = [
    ['echo out; echo err >&2; exit 3', 60_000, { kind: 'exit', code: 3, stdout: 'out\n', stderr: 'err\n' }],
    [
      'echo "Permission denied (publickey)." >&2; exit 255',
      60_000,
      { kind: 'unreachable', reason: 'Permission denied (publickey).' },
    ],
    ['exit 255', 60_000, { kind: 'unreachable', reason: 'ssh gives no reason' }],
    ['kill -TERM $$', 60_000, { kind: 'unreachable', reason: 'ssh was ended by SIGTERM' }],
    ['exec sleep 60', 50, { kind: 'unreachable', reason: 'no end of the command within 0.05 s' }],
    ['exec cat /dev/zero', 60_000, { kind: 'unreachable', reason: 'more than 4194304 bytes of output' }],
  ];
  for (const [text, timeout_ms, answer] of cases) {
    const shell = openSshShell([host], null, program(t.testdir(), text));
    t.strictSame(await shell.run(host, 'true', timeout_ms), answer, text);
    shell.close();
  }
  const shell = openSshShell([host], null, '/nowhere/ssh');
  t.match(await shell.run(host, 'true', 1000), { kind: 'unreachable', reason: /^\/nowhere\/ssh cannot be started/ });
  shell.close();
});

t.test('the key and the known hosts are private files, and gone in the end', async (t) => {
  const files =
    'while [ $# -gt 0 ]; do case $1 in -i) stat -c "%a %n" "$2"; cat "$2" ;; UserKnownHostsFile=*) cat "$(echo "$1" | cut -d= -f2)" ;; esac; shift; done';
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('punktfunk-ssh-'));
  const shell = openSshShell([host, { ...host, address: '192.0.2.2', port: 22 }], 'KEY', program(t.testdir(), files));
  const answer = await shell.run(host, 'true', 60_000);
  t.match(answer, {
    kind: 'exit',
    stdout: /^600 .*\nKEY\n\[192\.0\.2\.1\]:2222 ssh-ed25519 A+\n192\.0\.2\.2 ssh-ed25519 A+\n$/,
  });
  shell.close();
  t.strictSame(
    readdirSync(tmpdir()).filter((name) => name.startsWith('punktfunk-ssh-')),
    before,
  );
});

/** sshd in a folder of its own, for the user who runs the test. */
async function startSshd(dir: string): Promise<{ host: Host; key: string; other_key: string; process: ChildProcess }> {
  mkdirSync(dir, { recursive: true });
  for (const name of ['host', 'user', 'other'])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
  const read = (name: string) => readFileSync(join(dir, name), 'utf8');
  const port = await freePort();
  writeFileSync(
    join(dir, 'config'),
    `ListenAddress 127.0.0.1:${port}\nHostKey ${dir}/host\nAuthorizedKeysFile ${dir}/user.pub\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n`,
  );
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const process = startChild(['/usr/sbin/sshd', '-D', '-e', '-f', join(dir, 'config')]);
  process.stdout.resume();
  process.stderr.resume();
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline && process.exitCode === null && !(await connects(port))) await sleep(20);
  const public_key = read('host.pub').split(' ').slice(0, 2).join(' ');
  return {
    host: { name: 'here', address: '127.0.0.1', port, user: userInfo().username, host_key: public_key },
    key: read('user'),
    other_key: read('other'),
    process,
  };
}

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const skip = existsSync('/usr/sbin/sshd') ? false : 'there is no /usr/sbin/sshd (package openssh-server)';
t.test('a real ssh server', { skip }, async (t) => {
  const server = await startSshd(join(t.testdir(), 'sshd'));
  t.teardown(() => server.process.kill());
  const here = server.host;
  const run = async (of: Host, key: string, command: string) => {
    const shell = openSshShell([of], key);
    const answer = await shell.run(of, command, 20_000);
    shell.close();
    return answer;
  };
  t.strictSame(await run(here, server.key, `printf '%s' "it's me"; exit 7`), {
    kind: 'exit',
    code: 7,
    stdout: "it's me",
    stderr: '',
  });
  t.match(await run(here, server.other_key, 'true'), { kind: 'unreachable', reason: /Permission denied/ });
  t.match(await run({ ...here, host_key }, server.key, 'true'), {
    kind: 'unreachable',
    reason: /Host key verification failed/,
  });
  server.process.kill();
  await new Promise((resolve) => server.process.once('close', resolve));
  t.match(await run(here, server.key, 'true'), { kind: 'unreachable', reason: /Connection refused/ });
});
