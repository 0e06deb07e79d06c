// For tests: which processes a desktop has, and waiting for what it shall come to.

import { readdirSync, readFileSync } from 'node:fs';
import { scheduler } from 'node:timers/promises';

const patience_ms = 120_000; // for what must come; a busy machine takes its time

export function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Processes whose environment names this directory. */
export function livingIn(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(directory);
      } catch {
        return false; // gone, or another user's
      }
    });
}

export const pidsOf = (directory: string, name: string): number[] =>
  livingIn(directory)
    .filter((pid) => nameOf(pid) === name)
    .map(Number);

/** Asks until the answer is there. Throws Error with `what` when it never comes. */
export async function eventually<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patience_ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`never came: ${what}`);
    await scheduler.wait(30);
  }
}
