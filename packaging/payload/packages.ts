// The npm packages that the product needs at run time, as the lock file says, and of each the files that it needs.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PayloadError } from './read.ts';

interface LockedPackage {
  version?: string;
  dependencies?: Record<string, string>;
}

/** Folders at the top of a package that are no part of it at run time; deeper down such a name may be a module's. */
const left_out_folders = new Set([
  ...['test', 'tests', '__tests__', 'example', 'examples', 'benchmark', 'benchmarks', 'bench', 'docs', 'doc'],
  ...['integration', 'scripts', 'coverage', 'node_modules'],
]);
const code = /\.(?:js|cjs|mjs|json|wasm|node)$/;
const left_out_files =
  /(?:^|\/)(?:eslint\.config\.[cm]?js|tsconfig.*\.json|package-lock\.json|(?:example|benchmark|bench)\.[cm]?js)$/;
const licence = /^(?:licen[cs]e|copying|notice|copyright)/i;

/**
 * Paths like node_modules/fastify, sorted: what the product depends on, and what that depends on; nothing optional. Not by the lock's
 * flags: what tools for development and peers both need has none. Throws PayloadError.
 */
export function productionPackages(checkout: string, lock: string): string[] {
  const locked = readJson(checkout, lock).packages as Record<string, LockedPackage> | undefined;
  if (!locked) throw new PayloadError(`${lock} has no "packages": it is not a lock file of npm 7 or later`);
  const needed = new Set<string>();
  const visit = (from: string): void => {
    for (const name of Object.keys(locked[from]?.dependencies ?? {})) {
      const path = placeOf(locked, from, name);
      if (path === undefined) throw new PayloadError(`${lock} has no ${name}, which ${from || 'the product'} needs`);
      if (needed.has(path)) continue;
      needed.add(path);
      visit(path);
    }
  };
  visit('');
  for (const path of needed) {
    const [{ version }, wanted] = [readJson(checkout, `${path}/package.json`), locked[path]?.version];
    if (version !== wanted) {
      throw new PayloadError(`${path} is version ${version}, ${lock} says ${wanted}. Run: npm run setup`);
    }
  }
  return [...needed].sort();
}

/** Where Node finds a package: beside the one that asks, then one folder of packages up at a time. */
function placeOf(locked: Readonly<Record<string, unknown>>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (locked[path]) return path;
    if (folder === '') return undefined;
  }
}

/** What of a package is installed: code, data and licences, without its commands; paths relative to the checkout, sorted. */
export function packageFiles(checkout: string, path: string): string[] {
  const found: string[] = [];
  const { bin = {} } = readJson(checkout, `${path}/package.json`) as { bin?: string | Record<string, string> };
  const commands = new Set(Object.values(typeof bin === 'string' ? [bin] : bin).map((file) => join(path, file)));
  const walk = (folder: string): void => {
    for (const item of readdirSync(join(checkout, folder), { withFileTypes: true })) {
      const inside = `${folder}/${item.name}`;
      if (item.name.startsWith('.') || commands.has(inside)) continue;
      if (item.isSymbolicLink()) throw new PayloadError(`${inside} is a symbolic link`);
      if (item.isDirectory()) {
        if (folder !== path || !left_out_folders.has(item.name)) walk(inside);
      } else if ((code.test(item.name) && !left_out_files.test(item.name)) || licence.test(item.name)) {
        found.push(inside);
      }
    }
  };
  walk(path);
  return found.sort();
}

function readJson(checkout: string, path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(join(checkout, path), 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new PayloadError(`${path} cannot be read (${(error as Error).message}). Run: npm run setup`);
  }
}
