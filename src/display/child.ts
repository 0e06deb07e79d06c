// A program that belongs to the embedded desktop: it dies with us, whatever happens to us, and with nobody else. Its readiness is a socket
// that answers.

import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { inTime } from '../deadline.ts';
import type { Logger } from '../log.ts';

const stop_ms = 2_000;
const remembered_lines = 20;
/** Between two tries at a socket that exists and does not answer yet. */
const retry_ms = 20;

export class Child {
  readonly name: string;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];

  constructor(name: string, command: string[], environment: NodeJS.ProcessEnv, log: Logger, directory = '/') {
    this.name = name;
    // The kernel ends the program when this process dies, even of SIGKILL (PR_SET_PDEATHSIG, prctl(2)).
    this.#process = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...command], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: directory,
      detached: true, // a session of its own: a terminal's Ctrl-C is for the host, which closes the desktop in order
    });
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) =>
        resolve(signal ? `${name} died of ${signal}` : `${name} exited with ${code}`),
      );
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) this.#keepLines(stream, log);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The last thing it said, for the sentence that explains its failure. */
  get last_words(): string {
    return this.#lines.at(-1) ?? '';
  }

  /** Asks it to end, then makes it. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), stop_ms);
    await this.ended;
    clearTimeout(force);
  }

  #keepLines(stream: Readable | null, log: Logger): void {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > remembered_lines) this.#lines.shift();
      log.debug({ event: 'desktop_output', program: this.name }, line);
    });
  }
}

/** Resolves when something accepts connections on the socket. Throws Error with a sentence when the child ends or time runs out. */
export async function waitForSocket(path: string, child: Child, timeout_ms: number): Promise<void> {
  const done = new AbortController();
  const ended = child.ended.then((how) => {
    throw new Error(`${how}${child.last_words ? ` (${child.last_words})` : ''}`);
  });
  const sentence = `${child.name} did not open ${basename(path)} in ${timeout_ms / 1000} s`;
  try {
    await inTime(Promise.race([answers(path, done.signal), ended]), timeout_ms, sentence);
  } finally {
    done.abort();
  }
}

/** Resolves once something accepts connections on the socket; also when the signal comes. */
export async function answers(path: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (await accepts(path)) return;
    await changeIn(dirname(path), signal);
  }
}

export function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Resolves at the next change in the directory; also after retry_ms, since a socket starts to listen without one. */
function changeIn(directory: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(directory);
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      watcher.close();
      resolve();
    };
    const timer = setTimeout(finish, retry_ms);
    signal.addEventListener('abort', finish);
    watcher.once('change', finish);
    watcher.once('error', finish);
  });
}
