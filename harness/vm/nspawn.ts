// The image as a container with systemd as its first process: 2 s to a running system. Not covered: kernel, devices, modules, kernel
// settings.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { execute, Failure, must, type Output, type RunOptions, until } from '../checks/command.ts';
import { link, scratchFile, writableView } from './isolate.ts';
import { type Machine, machine_ms } from './machine.ts';

const boot_ms = 240_000;
const power_off_ms = 90_000;
// systemd(1): SIGRTMIN+4 asks the first process to power off.
const sigrtmin_plus_4 = '38';
const path_inside = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin';

/**
 * A pair of interfaces: ours with an address here, the machine's in a network namespace that it will be given. The address there is a
 * bridge's: the kernel calls an end of a pair "NAME@if2", a name that a machine's own interface does not have and that mDNS responders fall
 * over.
 */
async function makeLink(): Promise<void> {
  const inside = ['-n', link.netns];
  for (const words of [
    ['netns', 'add', link.netns],
    ['link', 'add', 'pf-probe', 'type', 'veth', 'peer', 'name', 'pf-port', 'netns', link.netns],
    ['address', 'add', `${link.ours}/${link.prefix}`, 'dev', 'pf-probe'],
    ['link', 'set', 'pf-probe', 'up'],
    [...inside, 'link', 'set', 'lo', 'up'],
    [...inside, 'link', 'add', link.device, 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0'],
    [...inside, 'link', 'set', 'pf-port', 'master', link.device, 'up'],
    [...inside, 'address', 'add', `${link.machine}/${link.prefix}`, 'dev', link.device],
    [...inside, 'link', 'set', link.device, 'up'],
    [...inside, 'route', 'add', 'default', 'via', link.ours],
  ])
    await must('ip', ...words);
}

export interface NspawnOptions {
  /** The image's root; it is only read. */
  readonly root: string;
  /** A /var that is kept by the caller; else it lives and ends with the machine. */
  readonly var_dir?: string;
  /** Called when the link is there and nothing runs on it yet. */
  readonly onLink?: () => Promise<void>;
}

// Not systemd-nspawn's own child before it becomes the first process of the container.
const is_init = /(?:^|\/)(?:systemd|init)$/;
let count = 0;

/** Boots `root`. Inside the namespaces of isolate.ts only, one at a time. */
export async function bootContainer({ root, var_dir, onLink }: NspawnOptions): Promise<Machine> {
  if (count === 0) await makeLink();
  await onLink?.();
  const name = `container-${count++}`;
  const view = await writableView(root, name);
  // As on the machine: nothing below /usr can be written.
  await must('mount', '--bind', `${view}/usr`, `${view}/usr`);
  await must('mount', '-o', 'remount,ro,bind', `${view}/usr`);
  if (var_dir) await must('mount', '--bind', var_dir, `${view}/var`);
  const container = new Container(`container of ${root}`, view, scratchFile(`${name}.log`), var_dir !== undefined);
  try {
    await container.start();
  } catch (error) {
    await container.close();
    throw error;
  }
  return container;
}

class Container implements Machine {
  readonly kind = 'nspawn';
  readonly name: string;
  readonly address = link.machine;
  readonly own_kernel = false;
  readonly throw_away = true;
  readonly patience = 1;
  readonly #view: string;
  readonly #console_path: string;
  readonly #has_var: boolean;
  #nspawn: ChildProcess | undefined;
  /** Its first process, once it is found; 0 is no process, and to kill it would be to kill ourselves. */
  #init = 0;

  constructor(name: string, view: string, console_path: string, has_var: boolean) {
    this.name = name;
    this.#view = view;
    this.#console_path = console_path;
    this.#has_var = has_var;
  }

  run(script: string, options?: RunOptions): Promise<Output> {
    const namespaces = [`--target=${this.#init}`, '-m', '-u', '-i', '-n', '-p'];
    const words = [...namespaces, '--', 'env', '-i', path_inside, 'sh', '-c', script];
    return execute('nsenter', words, { timeout_ms: machine_ms, ...options });
  }

  async start(): Promise<void> {
    const child = this.#spawn();
    this.#nspawn = child;
    this.#init = 0;
    this.#init = await until('the first process of the container', boot_ms, () => {
      if (child.exitCode !== null) throw new Failure(`systemd-nspawn ended:\n${lastLines(this.#console_path)}`);
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
      const found = children.find((pid) => pid !== '' && is_init.test(commandOf(pid)));
      return found === undefined ? undefined : Number(found);
    });
    await until('the container', boot_ms, async () => {
      if (child.exitCode !== null) throw new Failure(`the container ended:\n${lastLines(this.#console_path)}`);
      const { stdout } = await this.run('systemctl is-system-running');
      return /^(running|degraded)$/.test(stdout.trim()) ? true : undefined;
    }).catch(async (error: Error) => {
      const jobs = await this.run('systemctl list-jobs; journalctl --no-pager -q -o cat -n 30').catch(() => undefined);
      const said = `${jobs?.stdout ?? ''}${jobs?.stderr ?? ''}`;
      throw new Failure(`${error.message}\n${lastLines(this.#console_path)}\n${said}`);
    });
  }

  async reboot(): Promise<void> {
    await this.run('systemctl --no-block reboot');
    await this.#ended(power_off_ms);
    await this.start();
  }

  async powerOff(): Promise<string> {
    await must('kill', `-${sigrtmin_plus_4}`, `${this.#init}`);
    const code = await this.#ended(power_off_ms);
    this.#nspawn = undefined;
    return `ended with ${code}`;
  }

  async close(): Promise<void> {
    const child = this.#nspawn;
    this.#nspawn = undefined;
    if (child && child.exitCode === null) {
      // Its first process too: it would go on without systemd-nspawn.
      if (this.#init > 0) await execute('kill', ['-KILL', `${this.#init}`]);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    if (this.#has_var) await must('umount', `${this.#view}/var`);
  }

  #spawn(): ChildProcess {
    const own = ['--register=no', '--keep-unit', '--link-journal=no', '--resolv-conf=off', '--timezone=off'];
    const network = `--network-namespace-path=/run/netns/${link.netns}`;
    const flags = ['--quiet', ...own, network, '--console=pipe', '--boot', '--directory', this.#view];
    const child = spawn('systemd-nspawn', flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(this.#console_path, { flags: 'a' });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    return child;
  }

  #ended(timeout_ms: number): Promise<number> {
    const child = this.#nspawn;
    if (!child) throw new Failure('the container does not run');
    return until('the end of the container', timeout_ms, () => child.exitCode ?? undefined);
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
  } catch {
    return ''; // gone meanwhile
  }
}

/** The end of a console's log, without its colours. */
export function lastLines(path: string, count = 50): string {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return '(the console said nothing)';
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences are what is looked for
  const plain = text.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, '').replaceAll('\r', '');
  return plain.trimEnd().split('\n').slice(-count).join('\n');
}
