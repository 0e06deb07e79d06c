// A class means one thing: all style sheets count on each page, whoever brought them.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import '../test-limit.ts';

const files = globSync('{style,parts,shell,pages}/**/*.css', { cwd: import.meta.dirname });

/** The parts of each selector that stand for one element: `.a .b.c` has `.a` and `.b.c`. */
function compoundsOf(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
  const selectors = [...text.matchAll(/([^{}]+)\{/g)].flatMap(([, head = '']) => head.split(','));
  return selectors.flatMap((selector) => selector.trim().split(/[\s>+~]+/));
}
const classesOf = (compound: string): string[] =>
  [...compound.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name);

/** Class → the files that style whatever has it: `.a {`, and not `.b .a` or `.b.a`. */
const owners = new Map<string, string[]>();
for (const file of files) {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  const bare = [...text.matchAll(/^\s*\.([a-z][\w-]*)(?:,| \{)$/gm)].map(([, name = '']) => name);
  for (const name of new Set(bare)) owners.set(name, [...(owners.get(name) ?? []), file]);
}

t.test('a class is styled by itself in one file', async (t) => {
  t.ok(owners.size > 50);
  for (const [name, where] of owners) t.equal(where.length, 1, `.${name}: ${where.join(', ')}`);
});

t.test('a kind of something has no name that is styled elsewhere', async (t) => {
  for (const file of files)
    for (const compound of compoundsOf(file)) {
      const [, ...kinds] = classesOf(compound);
      for (const kind of kinds) t.same(owners.get(kind) ?? [file], [file], `${compound} in ${file}`);
    }
});
