// A host of one test: its own data directory, ports and embedded desktop, the same command line that people use.

import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'undici';
import type { App } from '../../src/config/app.ts';
import type { Status } from '../../src/management/schema/status.ts';
import { runChild, startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';

const package_root = resolve(import.meta.dirname, '../..');
const main = join(package_root, 'src/main.ts');
const json = { 'content-type': 'application/json' };
/** For a host that was told to end. */
const end_ms = 120_000;

export interface LogLine {
  readonly event?: string;
  readonly msg?: string;
  readonly [key: string]: unknown;
}

export class TestHost {
  readonly base_port: number;
  readonly folder: string;
  readonly log: LogLine[] = [];
  readonly #command: string[];
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess;
  #exit: Promise<number | string>;

  constructor(
    base_port: number,
    apps: (folder: string) => App[],
    parameters: string[] = [],
    changes: NodeJS.ProcessEnv = {},
  ) {
    this.base_port = base_port;
    this.folder = mkdtempSync(join(tmpdir(), 'pf-e2e-'));
    mkdirSync(join(this.folder, 'data'), { mode: 0o700 });
    mkdirSync(join(this.folder, 'tmp'));
    writeFileSync(join(this.folder, 'data/config.json'), JSON.stringify({ apps: apps(this.folder) }), { mode: 0o600 });
    this.#environment = { ...process.env, TMPDIR: join(this.folder, 'tmp'), ...changes };
    for (const name of ['XDG_RUNTIME_DIR', 'WAYLAND_DISPLAY']) delete this.#environment[name];
    const where = ['--data-dir', this.data_dir, '--base-port', `${base_port}`, '--bind', '127.0.0.1'];
    this.#command = [process.execPath, main, 'serve', ...where, ...parameters];
    [this.#child, this.#exit] = this.#start();
  }

  #start(): [ChildProcess, Promise<number | string>] {
    const child = startChild(this.#command, { environment: this.#environment });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.log.push(parse(line)));
    }
    return [child, new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal ?? 'unknown')))];
  }

  /** Another process with the same data and ports, ready; the one before has ended. */
  async startAgain(): Promise<void> {
    await this.#exit;
    const from = this.log.length;
    [this.#child, this.#exit] = this.#start();
    await this.event('ready', from);
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

  /** Asks the API through the host's socket; the answer as it comes. A body of bytes is a PNG. Rejects with the body of a refusal. */
  async api(method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Buffer> {
    const client = new Client('http://localhost', { socketPath: join(this.data_dir, 'host.sock') });
    try {
      const answer = await client.request({
        method,
        path: `/api/v1${path}`,
        ...(Buffer.isBuffer(body) && { headers: { 'content-type': 'image/png' }, body }),
        ...(body && !Buffer.isBuffer(body) && { headers: json, body: JSON.stringify(body) }),
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode} ${bytes}`);
      return bytes;
    } finally {
      await client.close();
    }
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
