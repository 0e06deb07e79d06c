// What is checked in and made of other sources: written anew where it is stale, or told.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const checkout = resolve(import.meta.dirname, '..');

/** `files`: their texts by their paths in the checkout. With --check nothing is written; what is stale is told, and the exit code 1. */
export function keepGenerated(files: Readonly<Record<string, string>>, source: string, command: string): void {
  const stale = Object.entries(files).filter(([path, text]) => textOf(join(checkout, path)) !== text);
  if (process.argv.includes('--check')) {
    if (stale.length === 0) return;
    process.stderr.write(`${stale.map(([path]) => path).join(', ')}: not what ${source} say. Run: ${command}\n`);
    process.exitCode = 1;
    return;
  }
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    writeFileSync(join(checkout, path), text);
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
