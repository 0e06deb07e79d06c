// The file in which an engine keeps the numbers that its successor needs (native/engine/checkpoint.h). The host only makes and removes it.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PunktfunkError, reasonOf } from '../errors.ts';

const checkpoint_bytes = 4096;

/** A new, empty checkpoint, mode 0600. Throws RUNTIME_DIR_UNWRITABLE, and leaves nothing then. */
export function makeCheckpoint(runtime_dir: string, name: string): { path: string; remove: () => void } {
  const path = join(runtime_dir, `checkpoint-${name}`);
  const remove = () => rmSync(path, { force: true });
  try {
    writeFileSync(path, Buffer.alloc(checkpoint_bytes), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    remove();
    throw new PunktfunkError(
      'RUNTIME_DIR_UNWRITABLE',
      { path: runtime_dir, reason: reasonOf(error) },
      { cause: error },
    );
  }
  return { path, remove };
}
