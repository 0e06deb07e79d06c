// A native program that measures: it writes an object a line, and says in a sentence why it cannot.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { harness_repair, native_dir } from '../../src/installation.ts';
import { NotMeasured } from './run.ts';

/** It ended with a failure: its last words. */
export class MeterError extends Error {}

/** As the build leaves it; throws NotMeasured when it is not there. */
export function meter(name: string): string {
  const path = resolve(native_dir, '../bin', `punktfunk-${name}`);
  if (!existsSync(path)) throw new NotMeasured(`${path} is missing. Mend it with: ${harness_repair}`);
  return path;
}

interface MeterOptions {
  /** Ends it; what it has written until then counts. */
  readonly signal: AbortSignal;
  readonly environment?: NodeJS.ProcessEnv;
}

/** What it writes, as it comes. `T` is what both sides of our own code agree on. */
export async function* readMeter<T extends object>(
  program: string,
  words: readonly (string | number)[],
  { signal, environment = process.env }: MeterOptions,
): AsyncGenerator<T, void> {
  if (signal.aborted) return;
  const child = spawn(program, words.map(String), { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  const ended = once(child, 'exit');
  const said = text(child.stderr);
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as T;
    const [code] = await ended;
    if (code !== 0 && !signal.aborted)
      throw new MeterError((await said).trim().split('\n').at(-1) || `${program} ended with ${code ?? 'a signal'}`);
  } finally {
    signal.removeEventListener('abort', end);
    end();
    await ended;
  }
}
