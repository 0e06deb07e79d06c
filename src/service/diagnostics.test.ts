import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Config } from '../config/load.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { bundleOf, settingsWithoutSecrets } from './diagnostics.ts';

t.test('tar itself reads the bundle; what fails is told in its place; what is too long is cut', async (t) => {
  const directory = folder(t);
  const bundle = await bundleOf({
    'host.json': () => ({ name: 'Zürich' }),
    'log.ndjson': async () => 'x'.repeat(3 << 20),
    'doctor.json': () => {
      throw new Error('boom');
    },
    empty: () => '',
  });
  t.ok(bundle.length < 100_000);
  const file = join(directory, 'bundle.tar.gz');
  writeFileSync(file, bundle);
  const { status, stderr } = spawnSync('tar', ['-xzf', file, '-C', directory], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  const read = (name: string) =>
    spawnSync('cat', [join(directory, 'punktfunk-diagnostics', name)], { encoding: 'utf8', maxBuffer: 8 << 20 }).stdout;
  t.same(JSON.parse(read('host.json')), { name: 'Zürich' });
  t.match(read('log.ndjson'), /x\n\[cut\]\n$/);
  t.equal(read('doctor.json'), 'This could not be found out: boom.\n');
  t.equal(read('empty'), '');
});

t.test('no value of a variable and no argument of a command goes into it', async (t) => {
  const app = {
    title: 'Game',
    command: ['game', '--token', 'SECRET'],
    environment: { API_KEY: 'SECRET' },
    prepare: [{ do: ['mount', 'SECRET'], undo: ['umount', 'SECRET'] }],
  };
  const text = JSON.stringify(settingsWithoutSecrets({ name: 'Studio', apps: [app] } as unknown as Config));
  t.notMatch(text, /SECRET/);
  t.match(text, /"Studio".*"game","\[left out\]".*API_KEY.*"mount"/);
});
