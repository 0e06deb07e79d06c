import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../test-children.ts';
import { folder } from '../test-folder.ts';

t.test('a runtime directory that is full: a sentence, and no half-made checkpoint', async (t) => {
  const dir = folder(t);
  const script = `
    import { makeCheckpoint } from '${join(import.meta.dirname, 'checkpoint.ts')}';
    try { makeCheckpoint('${dir}', 'a'); } catch (error) { console.log(error.code, error.message); }`;
  // A file may have 512 bytes: the write fails in the middle, as it does when the last block is taken.
  const command = 'ulimit -f 1; exec "$0" --input-type=module-typescript -e "$1"';
  const { out, err } = await runChild(['sh', '-c', command, process.execPath, script]);
  t.match(out, /^RUNTIME_DIR_UNWRITABLE The runtime directory .* cannot be written: /, err);
  t.same(readdirSync(dir), []);
});
