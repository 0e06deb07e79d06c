// What the sources say of each other: imports and exports of TypeScript, includes of C++. Read by patterns, not by a compiler: the
// formatters see to the form that they rely on.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Source {
  /** Relative to the checkout. */
  path: string;
  text: string;
}

export interface Import {
  from: string;
  to: string;
  /** The names that are taken; undefined: the module as a whole. */
  names: readonly string[] | undefined;
}

/** What git keeps or would keep, each file once. */
export function sourcesOf(checkout: string, ...patterns: readonly string[]): Source[] {
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...patterns];
  const paths = execFileSync('git', words, { cwd: checkout, encoding: 'utf8' }).split('\0').filter(Boolean);
  return paths.flatMap((path) => {
    try {
      return [{ path, text: readFileSync(join(checkout, path), 'utf8') }];
    } catch {
      return []; // deleted, and git does not know yet
    }
  });
}

// Statements begin a line.
const statement = /^(?:import|export)\s(?:type\s)?([^'";]*?)\sfrom\s+'([^']+)'|^import\s+'([^']+)'/gm;
const call = /(?:const\s+\{([^}]*)\}\s*=\s*)?\(?(?:await\s+|typeof\s+)?\bimport\(\s*'([^']+)'\s*\)(?:\)?\.(\w+))?/g;

/** The modules of the checkout that a TypeScript file imports. */
export function importsOf({ path, text }: Source): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, names: readonly string[] | undefined): void => {
    if (specifier.startsWith('.')) found.push({ from: path, to: normalize(join(dirname(path), specifier)), names });
  };
  for (const [, clause = '', from, alone] of text.matchAll(statement)) add(from ?? alone ?? '', namesIn(clause));
  for (const [, taken, specifier = '', member] of text.matchAll(call)) {
    add(specifier, taken ? namesIn(`{${taken}}`) : member === undefined || member === 'then' ? undefined : [member]);
  }
  return found;
}

/** The names in `{ a, type b as c }`; undefined for `* as x` and what has no braces. */
function namesIn(clause: string): string[] | undefined {
  const inside = /\{([^}]*)\}/.exec(clause)?.[1];
  return inside
    ?.split(',')
    .map((part) =>
      part
        .trim()
        .replace(/^type\s+/, '')
        .replace(/(\s+as\s.*|:.*)$/, ''),
    )
    .filter(Boolean);
}

/** The names that a TypeScript file exports. */
export function exportsOf({ text }: Source): { name: string; type: boolean }[] {
  const one = /^export\s+(?:abstract\s+)?(?:async\s+)?(const|let|function\*?|class|interface|type)\s+(\w+)/gm;
  return [...text.matchAll(one)].map(([, kind = '', name = '']) => ({ name, type: /class|interface|type/.test(kind) }));
}

/** The headers of the checkout that a C++ file includes. `exists` knows the files; others are the system's, or made by the build. */
export function includesOf({ path, text }: Source, exists: (path: string) => boolean): Import[] {
  return [...text.matchAll(/^\s*#\s*include "([^"]+)"/gm)].flatMap(([, name = '']) => {
    const places = [dirname(path), 'native', 'native/include', 'harness'].map((folder) =>
      normalize(join(folder, name)),
    );
    const to = places.find(exists);
    return to === undefined ? [] : [{ from: path, to, names: undefined }];
  });
}
