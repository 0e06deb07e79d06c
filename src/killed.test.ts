// A host that is killed while it writes: what it keeps can be read, is whole, and is no older than what it said was done.

import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readConfigFile } from './config/file.ts';
import { removeUnfinished } from './files.ts';
import { forkChild } from './test-children.ts';
import { folder } from './test-folder.ts';
import { log } from './test-host.ts';
import './test-limit.ts';
import { Credentials } from './trust/credentials.ts';

t.test('killed in the middle of a change, again and again', async (t) => {
  const data_dir = folder(t);
  let told = 0;
  const unfinished = () => readdirSync(data_dir).filter((name) => name.endsWith('.tmp'));
  let left = 0;
  for (let life = 0; life < 12; life++) {
    const last = told + 1 + life;
    const environment = { ...process.env, TEST_DATA_DIR: data_dir, TEST_FIRST_ROUND: String(told + 1) };
    const child = forkChild(join(import.meta.dirname, 'test-writer.ts'), { environment, owner: t });
    child.on('message', (round) => {
      told = Number(round);
    });
    const watching = watch(data_dir, (_, name) => {
      if (told >= last && name?.endsWith('.tmp')) child.kill('SIGKILL');
    });
    await once(child, 'close');
    watching.close();
    const { name, apps: [app] = [], encoder_crf = 0 } = readConfigFile(data_dir);
    const [token] = Credentials.open(data_dir, log).tokens();
    t.ok(Number(name) >= told, `${name} is what it told to be written, ${told}, or newer`);
    t.equal(encoder_crf, 10 + (Number(name) % 30), 'a change of two settings is one');
    t.ok(Number(name) - Number(app?.title) <= 1 && app?.command?.[0]?.length === (Number(app?.title) % 4096 || 1));
    t.ok(!token || Number(token.name) >= told);
    left += unfinished().length;
    removeUnfinished(data_dir);
    t.same(unfinished(), []);
  }
  t.comment(`${left} files were left unfinished`);
});
