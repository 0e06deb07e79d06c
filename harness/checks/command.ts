// Programs that a check runs on this machine, and the words in which it fails.

import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Given to the program on its standard input. */
  readonly input?: Buffer | string;
  /** None is waited for as long as whoever runs us allows. */
  readonly timeout_ms?: number | undefined;
  readonly cwd?: string;
  /** Beside our own; what is undefined is taken away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told each line of its standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

/** What is not as it should be, in a sentence for people. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}

/** A program that failed; its message has only the end of all that it said. */
class ProgramFailure extends Failure {
  readonly output: string;

  constructor(what: string, { code, stdout, stderr }: Output) {
    const output = `${stdout}${stderr}`;
    super(`${what.trim().split('\n')[0]} ended with ${code}: ${endOf(output) || 'it said nothing'}`);
    this.output = output;
  }
}

/** A check that cannot be made here, with the reason. */
export class Skip extends Error {
  override readonly name = 'Skip';
}

export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Failure(sentence);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What was said of a failure: by the program, where it was one. */
export const saidBy = (error: unknown): string => (error instanceof ProgramFailure ? error.output : messageOf(error));

/** The last lines of a text. */
export const endOf = (text: string, lines = 30): string => text.trimEnd().split('\n').slice(-lines).join('\n');

/** A file, open, to which all that programs say is added while a check runs. */
export const log_file = new AsyncLocalStorage<number>();
const drain_ms = 10_000;

/** Runs a program to its end. Code 124 says that it was ended for taking too long. */
export function execute(program: string, words: readonly string[], options: RunOptions = {}): Promise<Output> {
  const { input, timeout_ms, cwd, env, onLine } = options;
  return new Promise((resolve, reject) => {
    // A socket, as Node's pipes are, would have bash read its bashrc.
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const started = spawn(program, words, { stdio: [stdin, 'pipe', 'pipe'], cwd, env: { ...process.env, ...env } });
    const child = started as ChildProcessByStdio<Writable | null, Readable, Readable>;
    let late = false;
    const end = () => {
      late = true;
      child.kill('SIGKILL');
    };
    const timer = timeout_ms === undefined ? undefined : setTimeout(end, timeout_ms);
    const log = log_file.getStore();
    const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (part: Buffer) => {
        parts[name].push(part);
        if (log !== undefined) writeSync(log, part);
      });
    if (onLine) createInterface({ input: child.stdout }).on('line', onLine);
    child.stdin?.on('error', () => undefined); // a program that does not read
    child.stdin?.end(input);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Failure(`${program} cannot be started: ${error.message}`));
    });
    // What it leaves behind may hold its output open for ever.
    child.on('exit', () => {
      clearTimeout(timer);
      setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), drain_ms).unref();
    });
    child.on('close', (code) => {
      const text = (from: Buffer[]) => Buffer.concat(from).toString('utf8');
      resolve({ code: late ? 124 : (code ?? 128), stdout: text(parts.stdout), stderr: text(parts.stderr) });
    });
  });
}

/** Of a program that must succeed: what it printed. */
async function succeeded(what: string, run: Promise<Output>): Promise<string> {
  const output = await run;
  if (output.code !== 0) throw new ProgramFailure(what, output);
  return output.stdout.trim();
}

export const must = (program: string, ...words: string[]): Promise<string> =>
  succeeded([program, ...words].join(' '), execute(program, words));

export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

type Parts = [strings: TemplateStringsArray, ...values: (string | number | readonly string[])[]];
export type Script = (...parts: Parts) => Promise<string>;

/** The text of a script; values come quoted, a list as so many words. */
export const script = ({ raw }: Parts[0], ...values: Parts[1][]): string =>
  String.raw({ raw }, ...values.map((value) => (Array.isArray(value) ? value : [String(value)]).map(quoted).join(' ')));

/** Scripts of bash, which must succeed: sh`rm -r ${path}`. */
export const shell =
  (options: RunOptions = {}): Script =>
  (...parts) => {
    const text = script(...parts);
    return succeeded(text, execute('bash', ['-euo', 'pipefail', '-c', text], options));
  };
export const sh = shell();

/** It must fail, and say why in these words. */
export async function refused(words: string, work: Promise<unknown>): Promise<string> {
  const said = await work.then(() => undefined, saidBy);
  expect(said !== undefined, `it went through, and should have said "${words}"`);
  expect(said.includes(words), `"${words}" was not said, but: ${said}`);
  return said;
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
