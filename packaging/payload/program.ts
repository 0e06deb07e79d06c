// Which modules a program consists of, by its imports: what is not reached (tests, their helpers and data) is not installed.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { PayloadError } from './read.ts';

// Static imports and exports begin a line (the formatter sees to it); `import type` leaves nothing to load.
const specifiers =
  /^(?:import|export)\s(?!type\s)[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

export interface Program {
  /** Paths relative to the checkout, sorted. */
  files: string[];
  /** Names of npm packages, sorted. */
  packages: string[];
}

/** Throws PayloadError for a module that is not there. */
export function programOf(checkout: string, roots: readonly string[]): Program {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = roots.map((path) => ({ path, from: 'the list' }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, from } = next;
    if (files.has(path)) continue;
    if (path.startsWith('..')) throw new PayloadError(`${from} imports ${path}, which is outside the checkout`);
    if (!existsSync(join(checkout, path))) throw new PayloadError(`${path}, named by ${from}, is missing`);
    files.add(path);
    for (const match of readFileSync(join(checkout, path), 'utf8').matchAll(specifiers)) {
      const name = match[1] ?? match[2] ?? match[3] ?? '';
      if (name.startsWith('.')) waiting.push({ path: normalize(join(dirname(path), name)), from: path });
      else if (!name.startsWith('node:')) packages.add(packageName(name));
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
