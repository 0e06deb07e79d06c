// The file in which an engine keeps the numbers that its successor needs (native/engine/checkpoint.h). The host only makes and removes it.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const checkpoint_bytes = 4096;

/** A new, empty checkpoint, mode 0600. */
export function makeCheckpoint(runtimeDir: string, name: string): { path: string; remove: () => void } {
  const path = join(runtimeDir, `checkpoint-${name}`);
  writeFileSync(path, Buffer.alloc(checkpoint_bytes), { mode: 0o600, flag: 'wx' });
  return { path, remove: () => rmSync(path, { force: true }) };
}
