// Files that must survive a crash: written whole or not at all.

import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PunktfunkError, reasonOf } from './errors.ts';

/** Replaces `path` by `contents` atomically, mode 0600: temporary file, fsync, rename, fsync of the directory. */
export function writeFileAtomically(path: string, contents: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(file, contents); // all of it or an error: write(2) itself is content with the part that a full disk takes
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    const directory = openSync(dirname(path), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    removeIfThere(temporary);
    throw new PunktfunkError('DATA_NOT_WRITTEN', { file: path, reason: reasonOf(error) }, { cause: error });
  }
}

/** Removes what processes that were killed had not written whole. Called by who alone writes in this folder. */
export function removeUnfinished(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const [, pid] = /\.(\d+)\.tmp$/.exec(name) ?? [];
      if (pid !== undefined && Number(pid) !== process.pid) removeIfThere(join(folder, name));
    }
  } catch {
    // there is no such folder yet
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // the directory itself is unusable: there is nothing to remove
  }
}
