// For tests: which processes a desktop has.

import { readdirSync, readFileSync } from 'node:fs';

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
