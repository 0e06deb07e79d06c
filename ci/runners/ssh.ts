// The remote shell of a rollout: the system's ssh, told everything it may use and nothing of the user's own set-up.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from './config.ts';
import type { Shell } from './rollout.ts';
import type { Answer } from './update.ts';

const max_output_bytes = 4 * 1024 * 1024;

/** A shell over ssh. `key` is a private key's text; null: those of ssh's agent. Close it: the key lies in a file until then. */
export function openSshShell(hosts: readonly Host[], key: string | null, program = 'ssh'): Shell & { close(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'punktfunk-ssh-'));
  const known_hosts = join(dir, 'known_hosts');
  writeFileSync(known_hosts, hosts.map((host) => `${knownAs(host)} ${host.host_key}\n`).join(''), {
    mode: 0o600,
  });
  const identity: string[] = [];
  if (key !== null) {
    const file = join(dir, 'key');
    // ssh reads a key without a newline at its end as broken.
    writeFileSync(file, key.endsWith('\n') ? key : `${key}\n`, { mode: 0o600 });
    identity.push('-i', file, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none');
  }
  const options = [
    ...['-F', '/dev/null', '-T', '-o', 'BatchMode=yes', '-o', 'ControlPath=none', ...identity],
    ...[
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      `UserKnownHostsFile=${known_hosts}`,
      '-o',
      'GlobalKnownHostsFile=/dev/null',
    ],
    // A machine that reboots closes no connection: silence has to end one.
    ...['-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'],
  ];
  return {
    run: (host, command, timeout_ms) =>
      runProgram(
        program,
        [...options, '-p', String(host.port), '-l', host.user, '--', host.address, command],
        timeout_ms,
      ),
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** ssh looks a host up by its bare name on port 22, by [name]:port on others. */
const knownAs = ({ address, port }: Host): string => (port === 22 ? address : `[${address}]:${port}`);

/** Runs a program to its end. Code 255 is how ssh says that it, not the command, failed. */
function runProgram(program: string, parameters: readonly string[], timeout_ms: number): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    let ended: string | null = null;
    const end = (reason: string) => {
      ended ??= reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end(`no end of the command within ${timeout_ms / 1000} s`), timeout_ms);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
        if (texts[name].length > max_output_bytes) end(`more than ${max_output_bytes} bytes of output`);
      });
    }
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ kind: 'unreachable', reason: `${program} cannot be started: ${error.message}` });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (ended !== null) resolve({ kind: 'unreachable', reason: ended });
      else if (code === null) resolve({ kind: 'unreachable', reason: `ssh was ended by ${signal}` });
      else if (code === 255)
        resolve({ kind: 'unreachable', reason: texts.stderr.trim().split('\n').at(-1) || 'ssh gives no reason' });
      else resolve({ kind: 'exit', code, ...texts });
    });
  });
}
