// What is wrong with the structure of the sources, a sentence each.

import { matchesGlob } from 'node:path';
import { type House, is_entry, is_test, type Room } from './rooms.ts';
import type { Import, Source } from './sources.ts';
import { exportsOf } from './sources.ts';

const list = 'tools/structure/rooms.ts';

/** Where a file lives, the highest floor being 0; undefined when it is in no room. */
export function placeOf(house: House, path: string): { room: Room; floor: number } | undefined {
  const fitting = house.flatMap((rooms, floor) =>
    rooms.flatMap((room) =>
      room
        .filter((own) => own === path || (own.endsWith('/') && path.startsWith(own)))
        .map((own) => ({ room, floor, length: own.length })),
    ),
  );
  return fitting.sort((a, b) => b.length - a.length)[0];
}

/** Files that are in no room, and imports that do not point down. */
export function misplaced(house: House, files: readonly string[], imports: readonly Import[]): string[] {
  const places = new Map(files.map((path) => [path, placeOf(house, path)]));
  return [
    ...files.filter((path) => !places.get(path)).map((path) => `${path} is in no room of ${list}.`),
    ...imports.flatMap(({ from, to }) => {
      if (is_test.test(from)) return [];
      if (is_test.test(to)) return [`${from} imports ${to}, which only tests may.`];
      const [above, below] = [places.get(from), places.get(to)];
      if (!above || !below || above.room === below.room || above.floor < below.floor) return [];
      const where = above.floor === below.floor ? 'on the same floor' : 'on a higher floor';
      return [`${from} imports ${to}: ${below.room[0]} is ${where}.`];
    }),
  ];
}

/** Files that import each other round about, imports of types included: a reader of one needs all. Each circle once. */
export function circles(imports: readonly Import[]): string[] {
  const imported = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const problems: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) problems.push(`A circle of imports: ${[...way.slice(start), path].join(' → ')}.`);
    if (start >= 0 || done.has(path)) return;
    for (const { to } of imported.get(path) ?? []) visit(to, [...way, path]);
    done.add(path);
  };
  for (const path of imported.keys()) visit(path, []);
  return problems;
}

/**
 * Exports that no other file imports. A type may be exported as a word of what its own file offers; a value is dead, or nobody's business
 * but the file's own.
 */
export function unusedExports(sources: readonly Source[], imports: readonly Import[]): string[] {
  const importing = Map.groupBy(imports, ({ to }) => to);
  return sources.flatMap((source) => {
    const takers = importing.get(source.path) ?? [];
    if (is_entry.test(source.path) || takers.some(({ names }) => names === undefined)) return [];
    const used = new Set(takers.flatMap(({ names }) => names ?? []));
    return exportsOf(source).flatMap(({ name, type }) => {
      const own_word = type && (source.text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1;
      return used.has(name) || own_word ? [] : [`${source.path} exports ${name}, which nobody imports.`];
    });
  });
}

/** Sources that ARCHITECTURE.md's table of rooms leaves out, and what it names that is not among the files. */
export function undocumented(sources: readonly string[], files: readonly string[], architecture: string): string[] {
  const table = /^## The rooms$.*?^## /ms.exec(architecture)?.[0] ?? '';
  const cells = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path));
  const covers = (path: string, file: string): boolean =>
    path === file || (path.endsWith('/') && file.startsWith(path));
  return [
    ...sources
      .filter((file) => !is_test.test(file) && !named.some((path) => covers(path, file)))
      .map((file) => `ARCHITECTURE.md has no row for ${file}.`),
    ...named
      .filter((path) => !files.some((file) => matchesGlob(file, path) || covers(path, file)))
      .map((path) => `ARCHITECTURE.md has a row for ${path}, which is not there.`),
  ];
}
