// What somebody runs to have a beacon on the desktop of a host, which the kit knows nothing else about.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A line of the shell, with a group of its own, so that all of it ends. */
export class Painter {
  readonly #line: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #told = '';
  #ending = false;

  constructor(line: string) {
    this.#line = line;
    this.#child = spawn('sh', ['-c', line], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child.stderr?.on('data', (part: Buffer) => {
      this.#told = (this.#told + part.toString()).slice(-1000);
    });
    this.#gone = Promise.race([once(this.#child, 'exit'), once(this.#child, 'error')]);
  }

  /** A sentence, when it has ended by itself. */
  get why_ended(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    if (this.#ending || (exitCode === null && signalCode === null)) return undefined;
    const words = this.#told.trim().split('\n').at(-1) || 'it said nothing';
    return `The beacon's command (${this.#line}) ended with ${exitCode ?? signalCode}: ${words.replace(/\.$/, '')}.`;
  }

  async end(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    this.#ending = true;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGTERM');
    await this.#gone;
  }
}
