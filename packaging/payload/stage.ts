// Writes a format's files into an empty root, the same bytes, modes and times at each run.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Entry, foldersOf } from './expand.ts';
import { type PackageName, PayloadError } from './read.ts';

export interface Item {
  package: PackageName;
  path: string;
  type: 'file' | 'link' | 'folder';
  mode: string;
  owner: string;
  size: number;
  /** Of a file's bytes or a link's target; empty for folders. */
  sha256: string;
}

/** The root must be empty or missing. Times are `epoch_s`, seconds since 1970. Root's files belong to root. */
export function stage(entries: readonly Entry[], root: string, epoch_s: number): void {
  if (existsSync(root) && readdirSync(root).length > 0) {
    throw new PayloadError(`${root} is not empty; nothing was written`);
  }
  const folders = foldersOf(entries);
  mkdirSync(root, { recursive: true });
  chmodSync(root, 0o755);
  for (const { path } of folders) {
    mkdirSync(join(root, path));
    chmodSync(join(root, path), 0o755);
  }
  for (const { path, mode, content } of entries) {
    const target = join(root, path);
    if ('link' in content) {
      symlinkSync(content.link, target);
      lutimesSync(target, epoch_s, epoch_s);
      continue;
    }
    if ('bytes' in content) writeFileSync(target, content.bytes);
    else copyFileSync(content.file, target, constants.COPYFILE_FICLONE);
    chmodSync(target, mode);
    utimesSync(target, epoch_s, epoch_s);
  }
  const every = [root, ...folders.map(({ path }) => join(root, path)), ...entries.map(({ path }) => join(root, path))];
  if (process.getuid?.() === 0) {
    for (const path of every) if (!lstatSync(path).isSymbolicLink()) chownSync(path, 0, 0);
  }
  for (const { path } of folders.reverse()) utimesSync(join(root, path), epoch_s, epoch_s);
}

/** What a format installs, without writing it. Sorted by path; folders are those that the package owns. */
export function manifest(entries: readonly Entry[]): Item[] {
  const folders = foldersOf(entries).flatMap(({ path, package: of }): Item[] =>
    of === undefined
      ? []
      : [{ package: of, path, type: 'folder', mode: '0755', owner: 'root:root', size: 0, sha256: '' }],
  );
  const files = entries.map(({ package: of, path, mode, content }): Item => {
    const bytes = 'file' in content ? readFileSync(content.file) : 'bytes' in content ? content.bytes : content.link;
    const type = 'link' in content ? 'link' : 'file';
    const size = Buffer.byteLength(bytes);
    return { package: of, path, type, mode: octal(mode), owner: 'root:root', size, sha256: sha256(bytes) };
  });
  return [...folders, ...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * How the files below `root` differ from the manifest: one sentence each. The modes of links do not count. In folders of our own
 * nothing else may be.
 */
export function differences(items: readonly Item[], root: string): string[] {
  const known = new Set(items.map(({ path }) => path));
  return items.flatMap((item) => {
    const path = join(root, item.path);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return [`${item.path} is missing`];
    const type = stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : stat.isFile() ? 'file' : 'other';
    if (type !== item.type) return [`${item.path} is a ${type}, not a ${item.type}`];
    const found: string[] = [];
    const mode = octal(stat.mode & 0o7777);
    if (type !== 'link' && mode !== item.mode) found.push(`${item.path} has mode ${mode}, not ${item.mode}`);
    if (process.getuid?.() === 0 && (stat.uid !== 0 || stat.gid !== 0)) {
      found.push(`${item.path} belongs to ${stat.uid}:${stat.gid}, not to root`);
    }
    if (type === 'folder') {
      if (!/\/punktfunk(?:\/|$)/.test(item.path)) return found; // others may have files there too
      const extra = readdirSync(path).filter((name) => !known.has(`${item.path}/${name}`));
      found.push(...extra.map((name) => `${item.path}/${name} is not in the list`));
    } else if (sha256(type === 'link' ? readlinkSync(path) : readFileSync(path)) !== item.sha256) {
      found.push(`${item.path} has other contents`);
    }
    return found;
  });
}

const octal = (mode: number): string => `0${mode.toString(8).padStart(3, '0')}`;

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
