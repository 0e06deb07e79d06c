// A whole host of any checkout, on its embedded desktop, with the probe paired: what is measured. The beacon and the client are ours.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { scheduler } from 'node:timers/promises';
import { plainEnvironment } from '../../src/environment.ts';
import { PunktfunkError } from '../../src/errors.ts';
import { askHost, HostClient } from '../../src/management/client.ts';
import type { Status } from '../../src/management/schema/status.ts';
import { portsOf, refusedPorts } from '../../src/ports.ts';
import { Probe } from '../probe/client.ts';

const patience_ms = 60_000;

export interface MeasuredApp {
  title: string;
  command: string[];
}

async function freePort(): Promise<number> {
  // Below the ports that Linux gives away; two benchmarks at once begin at places of their own.
  for (let i = 0; i < 100; ++i) {
    const base = 20_000 + ((process.pid + i) % 200) * 50;
    if ((await refusedPorts(portsOf(base), '127.0.0.1')).length === 0) return base;
  }
  throw new Error('no free ports from 20000 to 30000');
}

/** Asks again until there is an answer. Rejects with AbortError when it is told not to. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + patience_ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${patience_ms / 1000} s`);
    await scheduler.wait(50, signal && { signal });
  }
}

export class MeasuredHost {
  readonly folder: string;
  readonly base_port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** Aborted with its end: nobody waits for a host that is gone. */
  readonly #gone = new AbortController();
  readonly #client: HostClient;
  readonly data_dir: string;
  #probe: Probe | undefined;

  private constructor(root: string, folder: string, base_port: number, apps: readonly MeasuredApp[]) {
    this.folder = folder;
    this.base_port = base_port;
    const data_dir = join(folder, 'data');
    mkdirSync(data_dir, { mode: 0o700 });
    const config = { apps, display: 'embedded', discovery: false, base_port, bind: '127.0.0.1' };
    writeFileSync(join(data_dir, 'config.json'), JSON.stringify(config), { mode: 0o600 });
    this.#client = new HostClient(data_dir);
    this.data_dir = data_dir;
    this.#child = spawn(process.execPath, [join(root, 'src/main.ts'), 'serve', '--data-dir', data_dir], {
      cwd: root,
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#ended = once(this.#child, 'exit').finally(() => this.#gone.abort());
  }

  /** Ready and paired. Rejects when the signal is aborted before that. */
  static async start(
    root: string,
    apps: (folder: string) => readonly MeasuredApp[],
    signal?: AbortSignal,
  ): Promise<MeasuredHost> {
    const base_port = await freePort();
    signal?.throwIfAborted();
    const folder = mkdtempSync(join(tmpdir(), 'punktfunk-bench-'));
    const host = new MeasuredHost(root, folder, base_port, apps(folder));
    const { promise: told, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(new Error('it was told to end'));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([host.#open(base_port), told]);
      return host;
    } catch (error) {
      await host.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Rejects with its last words when the host ends meanwhile. */
  async #open(port: number): Promise<void> {
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    const told: string[] = [];
    let ready = false;
    lines.on('line', (line) => {
      if (line.includes('"event":"ready"')) ready = true;
      told.push(line);
      told.splice(0, told.length - 10);
    });
    try {
      await until('a host that is ready', () => ready || undefined, this.#gone.signal);
      await this.#pair(port);
    } catch (error) {
      if (this.#gone.signal.aborted) throw new Error(`the host ended:\n${told.join('\n')}`, { cause: error });
      throw error;
    }
  }

  async #pair(port: number): Promise<void> {
    this.#probe = await Probe.open({ host: '127.0.0.1', port, data_dir: this.probe_dir });
    const paired = this.#probe.pair('1234', patience_ms);
    paired.catch(() => {});
    const approve = () =>
      this.#either(
        () => this.#client.ask('POST', '/api/v1/pairing/approve', { body: { pin: '1234' } }),
        () => askHost(this.data_dir, 'POST', '/v1/pair', { pin: '1234' }),
      ).then(
        () => true,
        () => undefined, // it does not wait yet
      );
    await until('a client that can be paired', approve, this.#gone.signal);
    await paired;
  }

  get probe_dir(): string {
    return join(this.folder, 'probe');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get probe(): Probe {
    if (!this.#probe) throw new Error('the host has not been opened');
    return this.#probe;
  }

  /** As its own version tells it, which need not be ours. */
  status(): Promise<Status> {
    return this.#either(
      () => this.#client.ask('GET', '/api/v1/status'),
      () => askHost(this.data_dir, 'GET', '/v1/status') as Promise<Status>,
    );
  }

  /** Of the host that is measured, or of one from before the API had its root. */
  #either<T>(now: () => Promise<T>, before: () => Promise<T>): Promise<T> {
    return now().catch((error: unknown) => {
      if (error instanceof PunktfunkError && error.code === 'REQUEST_UNKNOWN') return before();
      throw error;
    });
  }

  /** The lines that the beacon wrote to this file. */
  lines(name: string): Record<string, unknown>[] {
    const path = join(this.folder, name);
    if (!existsSync(path)) return [];
    const text = readFileSync(path, 'utf8');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
  }

  async close(): Promise<void> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 20_000);
    await this.#ended;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
