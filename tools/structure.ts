// Holds the imports of TypeScript and the includes of C++ against the list of rooms (structure/rooms.ts). With --draw FILE.svg: what
// imports what.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawing } from './structure/drawing.ts';
import { circles, misplaced, undocumented, unusedExports } from './structure/problems.ts';
import { native, typescript } from './structure/rooms.ts';
import { importsOf, includesOf, sourcesOf } from './structure/sources.ts';

const checkout = join(import.meta.dirname, '..');
const files = sourcesOf(checkout).map(({ path }) => path);
const scripts = sourcesOf(checkout, '*.ts', '*.tsx', ':!ci/runners');
const cpp = sourcesOf(checkout, '*.cpp', '*.h', '*.c');
const [script_paths, cpp_paths] = [scripts.map(({ path }) => path), cpp.map(({ path }) => path)];
const imports = scripts.flatMap(importsOf);
const cpp_files = new Set(cpp_paths);
const includes = cpp.flatMap((source) => includesOf(source, (path) => cpp_files.has(path)));

const [option, file] = process.argv.slice(2);
if (option === '--draw' && file) {
  writeFileSync(
    file,
    drawing([
      [typescript, imports],
      [native, includes],
    ]),
  );
} else if (option) {
  process.stderr.write('usage: structure.ts [--draw FILE.svg]\n');
  process.exitCode = 2;
}
const problems = [
  ...misplaced(typescript, script_paths, imports),
  ...misplaced(native, cpp_paths, includes),
  ...circles(imports),
  ...circles(includes),
  ...unusedExports(scripts, imports),
  ...undocumented([...script_paths, ...cpp_paths], files, readFileSync(join(checkout, 'ARCHITECTURE.md'), 'utf8')),
];
for (const problem of problems) process.stdout.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
