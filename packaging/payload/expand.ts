// From the list's lines to the files of one format.

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageFiles, productionPackages } from './packages.ts';
import { programOf } from './program.ts';
import { type Format, type Line, type PackageName, PayloadError, package_names } from './read.ts';

export interface Entry {
  package: PackageName;
  /** Absolute, as installed. */
  path: string;
  mode: number;
  content: { file: string } | { bytes: string | Buffer } | { link: string };
}

export interface Folder {
  path: string;
  /** The package that owns it, with which it goes: the first that needs it. The others are the system's. */
  package: PackageName | undefined;
}

/**
 * Sorted by path. Throws PayloadError with the line's number for what is missing, escapes or comes twice; a module that two programs import
 * is the first one's.
 */
export function expand(lines: readonly Line[], checkout: string, format: Format, name: string): Entry[] {
  const entries = new Map<string, Entry & { line: number }>();
  for (const line of lines) {
    if (!line.formats.includes(format)) continue;
    try {
      for (const entry of entriesOf(line, checkout, format)) {
        const first = entries.get(entry.path);
        if (first && isShared(line, first, entry)) continue;
        if (first) throw new PayloadError(`${entry.path} is already there, from line ${first.line}`);
        entries.set(entry.path, { ...entry, package: line.package, line: line.number });
      }
    } catch (error) {
      throw error instanceof PayloadError ? new PayloadError(`${name}:${line.number}: ${error.message}`) : error;
    }
  }
  const sorted = [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, line } of sorted) {
    for (let above = dirname(path); above !== '/'; above = dirname(above)) {
      if (entries.has(above)) throw new PayloadError(`${name}:${line}: ${path} is below ${above}, which is a file`);
    }
  }
  return sorted.map(({ line: _, ...entry }) => entry);
}

const isShared = ({ source }: Line, first: Placed, { content }: Placed): boolean =>
  source.kind === 'program' && 'file' in content && 'file' in first.content && first.content.file === content.file;

type Placed = Omit<Entry, 'package'>;

function entriesOf(line: Line, checkout: string, format: Format): Placed[] {
  const { path, mode, source } = line;
  const copies = (files: readonly string[], target: (file: string) => string): Placed[] =>
    files.map((file) => ({ path: target(file), mode, content: { file: sourceFile(checkout, file) } }));
  switch (source.kind) {
    case 'text':
      return [{ path, mode, content: { bytes: `${fill(source.words, checkout, format)}\n` } }];
    case 'link':
      return [{ path, mode: 0o777, content: { link: checkLink(path, source.target) } }];
    case 'tree':
      return copies(filesBelow(checkout, source.folder), (file) => path + relative(source.folder, file));
    case 'program': {
      const program = programOf(checkout, source.roots);
      const shipped = productionPackages(checkout, 'package-lock.json');
      const missing = program.packages.find((one) => !shipped.includes(`node_modules/${one}`));
      if (missing) throw new PayloadError(`the program imports ${missing}, which is not a production dependency`);
      return copies(program.files, (file) => path + file);
    }
    case 'packages': {
      const files = productionPackages(checkout, source.lock).flatMap((one) => packageFiles(checkout, one));
      return copies(files, (file) => path + file.replace(/^node_modules\//, ''));
    }
    case 'files': {
      if (path.endsWith('.gz'))
        return [{ path, mode, content: { bytes: compressed(sourceFile(checkout, source.pattern)) } }];
      const folder = path.endsWith('/');
      return copies(matches(checkout, source.pattern), (file) => (folder ? path + basename(file) : path));
    }
  }
}

function matches(checkout: string, pattern: string): string[] {
  if (!pattern.includes('*')) return [pattern];
  const folder = dirname(pattern);
  const [before = '', after = ''] = basename(pattern).split('*');
  const names = existsSync(join(checkout, folder)) ? readdirSync(join(checkout, folder)) : [];
  const found = names.filter(
    (name) => name.startsWith(before) && name.endsWith(after) && name.length >= before.length + after.length,
  );
  if (found.length === 0) throw new PayloadError(`no file matches ${pattern}`);
  return found.map((name) => `${folder}/${name}`).sort();
}

function filesBelow(checkout: string, folder: string): string[] {
  if (!existsSync(join(checkout, folder))) throw new PayloadError(`the folder ${folder} is missing`);
  return readdirSync(join(checkout, folder), { withFileTypes: true })
    .flatMap((item) => {
      const inside = `${folder}/${item.name}`;
      return item.isDirectory() ? filesBelow(checkout, inside) : [inside];
    })
    .sort();
}

/** An absolute path, with links followed: they may not lead out of the checkout. */
function sourceFile(checkout: string, file: string): string {
  const path = join(checkout, file);
  if (!existsSync(path)) throw new PayloadError(`the source ${file} is missing. Is it built? Run: npm run setup`);
  const real = realpathSync(path);
  if (relative(realpathSync(checkout), real).startsWith('..')) {
    throw new PayloadError(`the source ${file} leads out of the checkout, to ${real}`);
  }
  if (!statSync(real).isFile()) throw new PayloadError(`the source ${file} is not a file`);
  return real;
}

/** As gzip -9n does: the same bytes at each run. */
const compressed = (file: string): Buffer => gzipSync(readFileSync(file), { level: 9 });

function checkLink(path: string, target: string): string {
  const end = normalize(join(dirname(path), target));
  if (target.startsWith('/') || !end.startsWith('/usr/')) {
    throw new PayloadError(`the link ${path} leads out of the tree, to ${target}`);
  }
  return target;
}

function fill(words: string, checkout: string, format: Format): string {
  const about = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };
  return words.replaceAll('{kind}', format).replaceAll('{version}', about.version);
}

/** Folders that every system has from its own packages; they stay when we go. */
const system_folders = new Set([
  ...['/usr', '/usr/bin', '/usr/lib', '/usr/share', '/usr/share/doc', '/usr/share/man', '/usr/share/man/man1'],
  '/usr/lib/udev',
  ...['/usr/lib/udev/rules.d', '/usr/lib/systemd', '/usr/lib/systemd/system', '/usr/lib/systemd/user'],
  ...['/usr/lib/sysusers.d', '/usr/lib/tmpfiles.d', '/usr/lib/modules-load.d', '/usr/lib/sysctl.d'],
  ...['/usr/lib/systemd/system-preset', '/usr/lib/systemd/user-preset', '/usr/lib/extension-release.d'],
]);

/** Every folder that the entries need, sorted. */
export function foldersOf(entries: readonly Entry[]): Folder[] {
  const needed = new Map<string, Set<PackageName>>();
  for (const { path, package: by } of entries) {
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder))
      needed.set(folder, (needed.get(folder) ?? new Set()).add(by));
  }
  const owner = (path: string, by: ReadonlySet<PackageName>) =>
    system_folders.has(path) ? undefined : package_names.find((name) => by.has(name));
  return [...needed]
    .map(([path, by]) => ({ path, package: owner(path, by) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
