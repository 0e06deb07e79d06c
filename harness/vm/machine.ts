// A booted machine under test: how commands reach it, and where the probe finds its host.

import { type ChildProcess, spawn } from 'node:child_process';

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Given to the script on its standard input. */
  readonly input?: Buffer | string;
  readonly timeout_ms?: number;
}

export interface Machine {
  readonly kind: 'ssh' | 'nspawn' | 'qemu';
  /** For people: "root@192.168.1.7", "container of build/image/root". */
  readonly name: string;
  /** IPv4 address at which clients reach it. */
  readonly address: string;
  /** Its kernel and devices are its own: a container shares those of the machine below. */
  readonly own_kernel: boolean;
  /** Made for the test and thrown away: it may be rebooted and spoilt. */
  readonly throw_away: boolean;
  /** How many times longer than on real hardware things may take. */
  readonly patience: number;
  /** Runs a POSIX shell script as root. Rejects only when the machine cannot be reached. */
  run(script: string, options?: RunOptions): Promise<Output>;
  /** Resolves when it has gone down and its services are up again. */
  reboot(): Promise<void>;
  /** Resolves with what the machine's end looked like; only for machines that are thrown away. */
  powerOff(): Promise<string>;
  /** Releases everything; the machine, if it was made for the test, ends. */
  close(): Promise<void>;
}

/** What went wrong on the machine under test, in a sentence for people. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** A test that this machine cannot do, with the reason. */
export class Skip extends Error {
  override readonly name = 'Skip';
}

export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Failure(sentence);
}

/** Standard output of a script that must succeed. */
export async function succeed(machine: Machine, script: string, options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await machine.run(script, options);
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-8).join('\n');
  expect(code === 0, `"${script.trim().split('\n')[0]}" ended with ${code}: ${said || 'it said nothing'}`);
  return stdout.trim();
}

/** Puts a file on the machine, readable by everyone. */
export async function copyTo(machine: Machine, path: string, contents: Buffer | string, mode = '0755'): Promise<void> {
  await succeed(machine, `cat > ${quoted(path)} && chmod ${mode} ${quoted(path)}`, { input: contents });
}

export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The script that runs `command` as `user`, in that user's session. */
export function asUser(user: string, command: string): string {
  return `uid=$(id -u ${quoted(user)}) && cd / && exec setpriv --reuid ${quoted(user)} --regid "$(id -g ${quoted(user)})" --init-groups -- env \
HOME="$(getent passwd ${quoted(user)} | cut -d: -f6)" USER=${quoted(user)} LOGNAME=${quoted(user)} XDG_RUNTIME_DIR=/run/user/$uid \
DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus sh -c ${quoted(command)}`;
}

const step_ms = 50;

/** Resolves with the first value that is not undefined; throws a Failure naming `what` after the deadline. */
export async function until<T>(
  what: string,
  timeout_ms: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeout_ms;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    expect(performance.now() < deadline, `${what} did not come within ${timeout_ms / 1000} s`);
    await new Promise((next) => setTimeout(next, step_ms));
  }
}

const default_timeout_ms = 120_000;

/** Runs a program of this machine to its end. Code 124 says that it was ended for taking too long. */
export function execute(program: string, words: readonly string[], options: RunOptions = {}): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, options.timeout_ms ?? default_timeout_ms);
    const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout?.on('data', (part: Buffer) => parts.stdout.push(part));
    child.stderr?.on('data', (part: Buffer) => parts.stderr.push(part));
    child.stdin?.on('error', () => undefined); // a program that does not read
    child.stdin?.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Failure(`${program} cannot be started: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const text = (from: Buffer[]) => Buffer.concat(from).toString('utf8');
      resolve({ code: late ? 124 : (code ?? 128), stdout: text(parts.stdout), stderr: text(parts.stderr) });
    });
  });
}

/** Like execute, for what must succeed on this machine. */
export async function must(program: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await execute(program, words);
  expect(code === 0, `${program} ${words.join(' ')}: ${stderr.trim() || `ended with ${code}`}`);
  return stdout.trim();
}

/** Until systemd has nothing left to start. */
export async function settled(machine: Machine, timeout_ms: number): Promise<void> {
  await until(`${machine.name}: the end of its start`, timeout_ms, async () => {
    const { stdout } = await machine
      .run('systemctl is-system-running --wait', { timeout_ms })
      .catch(() => ({ stdout: '' }));
    return /^(running|degraded)$/.test(stdout.trim()) ? true : undefined;
  });
}
