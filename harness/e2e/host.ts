// A host of one test: its own data directory, ports and embedded desktop, the same command line that people use.

import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Status } from '../../src/management/schema.ts';
import { runChild, startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';

const package_root = resolve(import.meta.dirname, '../..');
const main = join(package_root, 'src/main.ts');
/** For a host that was told to end. */
const end_ms = 120_000;

export interface LogLine {
  readonly event?: string;
  readonly msg?: string;
  readonly [key: string]: unknown;
}

export interface App {
  title: string;
  command?: string[];
}

export class TestHost {
  readonly base_port: number;
  readonly folder: string;
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | string>;

  constructor(base_port: number, apps: (folder: string) => App[], parameters: string[] = []) {
    this.base_port = base_port;
    this.folder = mkdtempSync(join(tmpdir(), 'pf-e2e-'));
    mkdirSync(join(this.folder, 'data'), { mode: 0o700 });
    mkdirSync(join(this.folder, 'tmp'));
    writeFileSync(join(this.folder, 'data/config.json'), JSON.stringify({ apps: apps(this.folder) }), { mode: 0o600 });
    const environment: NodeJS.ProcessEnv = { ...process.env, TMPDIR: join(this.folder, 'tmp') };
    for (const name of ['XDG_RUNTIME_DIR', 'WAYLAND_DISPLAY']) delete environment[name];
    const where = ['--data-dir', this.data_dir, '--base-port', `${base_port}`, '--bind', '127.0.0.1'];
    const child = startChild([process.execPath, main, 'serve', ...where, ...parameters], { environment });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.log.push(parse(line)));
    }
    this.#exit = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal ?? 'unknown')));
  }

  get data_dir(): string {
    return join(this.folder, 'data');
  }

  /** The first log line of this event from line `from` on. */
  async event(name: string, from = 0): Promise<LogLine> {
    const ended = this.#exit.then((code) => {
      throw new Error(`the host ended with ${code}:\n${this.tail()}`);
    });
    const found = eventually(`the host's "${name}"`, () => this.log.slice(from).find((line) => line.event === name));
    return Promise.race([found, ended]).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.tail()}`);
    });
  }

  /** Runs one command of the host's command line; rejects with its standard error when it fails. */
  async command(...parameters: string[]): Promise<string> {
    const { code, out, err } = await runChild([process.execPath, main, ...parameters, '--data-dir', this.data_dir]);
    if (code !== 0) throw new Error(`${parameters.join(' ')} exits with ${code}: ${err}`);
    return out;
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.command('status', '--json')) as Status;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Ends the host as a service manager does; resolves with its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.#child.kill(signal);
    const late = setTimeout(() => this.#child.kill('SIGKILL'), end_ms);
    const code = await this.#exit;
    clearTimeout(late);
    return code;
  }

  /** Processes that still live in this host's runtime directory. */
  leftovers(): string[] {
    const runtime = join(this.folder, 'tmp');
    return readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`XDG_RUNTIME_DIR=${runtime}`);
      } catch {
        return false; // gone meanwhile, or not ours
      }
    });
  }

  /** Files that the host should have removed. */
  leftoverFiles(): string[] {
    return readdirSync(join(this.folder, 'tmp')).filter((name) => name.startsWith('punktfunk'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  tail(): string {
    return this.log
      .slice(-15)
      .map((line) => JSON.stringify(line))
      .join('\n');
  }
}

function parse(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as LogLine;
  } catch {
    // not NDJSON: a crash report
  }
  return { msg: line };
}
