// A machine reached by ssh: a real one, or a guest that boots here. One connection carries all commands.

import { lookup } from 'node:dns/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, Failure, type Output, quoted, type RunOptions } from '../checks/command.ts';
import { scratch } from './isolate.ts';
import { type Machine, machine_ms, settled } from './machine.ts';

const unreachable_code = 255;

export interface SshOptions {
  /** user@host, or a name of ~/.ssh/config. */
  readonly target: string;
  /** A key file; else what ssh finds. */
  readonly key?: string;
}

export class Ssh {
  readonly #words: string[];
  readonly #dir = mkdtempSync(join(scratch() ?? tmpdir(), 'pf-ssh-'));
  readonly #sudo: string;

  constructor({ target, key }: SshOptions) {
    const set = (...pairs: string[]) => pairs.flatMap((pair) => ['-o', pair]);
    const shared = set('BatchMode=yes', 'ControlMaster=auto', `ControlPath=${this.#dir}/control`, 'ControlPersist=60');
    const alive = set('ConnectTimeout=15', 'ServerAliveInterval=5', 'ServerAliveCountMax=6', 'LogLevel=ERROR');
    // A guest's key was made a moment ago for this guest alone.
    const trust = key ? set('StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes') : [];
    this.#words = [...shared, ...alive, ...trust, ...(key ? ['-F', 'none', '-i', key] : []), target];
    this.#sudo = target.startsWith('root@') ? '' : 'sudo -n ';
  }

  async run(script: string, options?: RunOptions): Promise<Output> {
    const output = await execute('ssh', [...this.#words, `${this.#sudo}sh -c ${quoted(script)}`], {
      timeout_ms: machine_ms,
      ...options,
    });
    if (output.code === unreachable_code) throw new Failure(`ssh: ${output.stderr.trim() || 'the connection ended'}`);
    return output;
  }

  /** Ends the shared connection. */
  async drop(): Promise<void> {
    await execute('ssh', ['-O', 'exit', ...this.#words], { timeout_ms: machine_ms }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.drop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Asks for a reboot; resolves when another boot's services are up. */
  async reboot(machine: Machine, timeout_ms: number): Promise<void> {
    const boot_id = 'cat /proc/sys/kernel/random/boot_id';
    const before = (await this.run(boot_id)).stdout;
    await this.run('systemctl reboot').catch(() => undefined);
    const deadline = performance.now() + timeout_ms;
    for (;;) {
      await this.drop();
      const now = await this.run(boot_id, { timeout_ms: 20_000 }).catch(() => undefined);
      if (now?.code === 0 && now.stdout !== before) break;
      if (performance.now() > deadline) throw new Failure(`no new boot within ${timeout_ms / 1000} s`);
      await new Promise((next) => setTimeout(next, 500));
    }
    await settled(machine, timeout_ms);
  }
}

const reboot_ms = 300_000;

/** A machine that runs already. */
export async function reachBySsh(target: string): Promise<Machine> {
  const ssh = new Ssh({ target });
  try {
    const { code, stderr } = await ssh.run('true');
    if (code !== 0)
      throw new Failure(
        `${target}: commands cannot be run as root there (${stderr.trim()}); allow sudo without a password`,
      );
    const host = (await execute('ssh', ['-G', target])).stdout.match(/^hostname (.*)$/m)?.[1] ?? target;
    const { address } = await lookup(host, { family: 4 });
    const contained = (await ssh.run('systemd-detect-virt --quiet --container')).code === 0;
    const machine: Machine = {
      kind: 'ssh',
      name: target,
      address,
      own_kernel: !contained,
      throw_away: false,
      patience: 1,
      run: (script, options) => ssh.run(script, options),
      reboot: () => ssh.reboot(machine, reboot_ms),
      powerOff: () => Promise.reject(new Failure('a machine that was not started here is not switched off')),
      close: () => ssh.close(),
    };
    return machine;
  } catch (error) {
    await ssh.close();
    throw error;
  }
}
