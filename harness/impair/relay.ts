// The relay of native/impair as a child: UDP through a link that is told by lines and answers by lines.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { harness_repair, native_dir } from '../../src/installation.ts';

/** What keeps the relay from its work, in a sentence. */
export class RelayError extends Error {}

/** As the build leaves it; throws RelayError when it is not there. */
export function relayProgram(): string {
  const path = resolve(native_dir, '../bin/punktfunk-impair');
  if (!existsSync(path)) throw new RelayError(`${path} is missing. Mend it with: ${harness_repair}`);
  return path;
}

/** The relay's counts (native/impair/relay.h): of each direction, and of this machine. */
export type RelayStats = Readonly<Record<string, number>>;

export interface RelayOptions {
  /** IPv4 addresses. */
  readonly listen: string;
  readonly host: string;
  readonly first_port: number;
  readonly last_port: number;
  readonly seed: number;
  /** To begin with, as the program's own words: `--scenario NAME`, `--down LINK`, `--up LINK`. */
  readonly link: readonly string[];
}

interface Answer {
  readonly event: string;
  readonly t_ns: number;
  readonly why?: string;
  readonly [name: string]: unknown;
}

export class Relay {
  readonly #child: ChildProcess;
  readonly #waiting: ((answer: Answer | undefined) => void)[] = [];
  readonly #ended = Promise.withResolvers<RelayError>();
  #said = '';
  #over = false;

  private constructor(program: string, child: ChildProcess) {
    this.#child = child;
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) =>
        this.#waiting.shift()?.(JSON.parse(line) as Answer),
      );
    child.stderr?.on('data', (data: Buffer) => {
      this.#said = `${this.#said}${data}`.slice(-4000);
    });
    child.stdin?.on('error', () => {}); // its end tells more
    child.on('close', () => this.#end());
    child.on('error', (error) => {
      this.#said = `${program} cannot be started: ${error.message}.`;
      this.#end();
    });
  }

  /** Throws RelayError: a port that is taken, a link that is not understood. */
  static async start({ listen, host, first_port, last_port, seed, link }: RelayOptions): Promise<Relay> {
    const program = relayProgram();
    const where = ['--listen', listen, '--host', host, '--ports', `${first_port}-${last_port}`, '--seed', `${seed}`];
    // A terminal's Ctrl-C is for whoever uses it, who asks it for its counts before it ends.
    const child = spawn(program, [...where, ...link], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const relay = new Relay(program, child);
    await relay.#answer();
    return relay;
  }

  /** Resolves with its last words when it has ended, told to or not. */
  get ended(): Promise<RelayError> {
    return this.#ended.promise;
  }

  /** From now on: the same link in both directions, or one each. Since when toward the client: CLOCK_MONOTONIC, ns. */
  async setLink(down: string, up = down): Promise<number> {
    const { t_ns } = await this.#order(`down ${down}`);
    await this.#order(`up ${up}`);
    return t_ns;
  }

  /** A scenario, from its beginning. */
  async setScenario(name: string): Promise<void> {
    await this.#order(`scenario ${name}`);
  }

  async stats(): Promise<RelayStats> {
    const { event: _, t_ns: __, ...counts } = await this.#order('stats');
    return counts as RelayStats;
  }

  async stop(): Promise<void> {
    if (this.#over) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await gone;
  }

  #order(line: string): Promise<Answer> {
    const answered = this.#answer();
    this.#child.stdin?.write(`${line}\n`);
    return answered;
  }

  async #answer(): Promise<Answer> {
    const answer = this.#over ? undefined : await new Promise<Answer | undefined>((done) => this.#waiting.push(done));
    if (answer === undefined) throw this.#lastWords();
    if (answer.event === 'refused') throw new RelayError(answer.why ?? 'The relay refused.');
    return answer;
  }

  #lastWords(): RelayError {
    return new RelayError(this.#said.trim() || 'The relay ended without a word.');
  }

  #end(): void {
    this.#over = true;
    this.#ended.resolve(this.#lastWords());
    for (const done of this.#waiting.splice(0)) done(undefined);
  }
}
