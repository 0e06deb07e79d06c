// A folder of a test's own, gone with it. Never in the checkout, which may be another user's.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Owner {
  teardown(run: () => unknown): unknown;
}

export function folder(owner: Owner): string {
  const path = mkdtempSync(join(tmpdir(), 'pf-'));
  owner.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
