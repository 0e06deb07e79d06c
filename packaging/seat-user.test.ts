// The seat's user gets its groups where they are in the image's own database, and lingers until an administrator says otherwise.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runChild } from '../src/test-children.ts';

const script = join(import.meta.dirname, 'linux/seat/usr/lib/punktfunk/session/seat-user.sh');

/** A machine's tree with these group databases; `boot` does what a boot does. */
function machine(t: Test, etc: string, usr?: string) {
  const root = mkdtempSync(join(tmpdir(), 'pf-seat-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['etc', 'usr/lib', 'var/lib/punktfunk']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'etc/group'), etc, { mode: 0o644 });
  if (usr !== undefined) writeFileSync(join(root, 'usr/lib/group'), usr);
  return {
    root,
    group: () => readFileSync(join(root, 'etc/group'), 'utf8'),
    linger: join(root, 'var/lib/systemd/linger/punktfunk'),
    boot: async () => t.match(await runChild(['sh', script, 'punktfunk', root]), { code: 0, err: '' }),
  };
}

t.test('groups of the image get their line, with the number that they have', async (t) => {
  const usr = 'root:x:0:\ninput:x:104:\nvideo:x:39:alice\nrender:x:105:\n';
  const { group, boot, root } = machine(t, 'root:x:0:\nwheel:x:10:alice\npunktfunk:x:970:\n', usr);
  await boot();
  const expected =
    'root:x:0:\nwheel:x:10:alice\npunktfunk:x:970:\ninput:x:104:punktfunk\nvideo:x:39:alice,punktfunk\nrender:x:105:punktfunk\n';
  t.equal(group(), expected);
  t.equal(statSync(join(root, 'etc/group')).mode & 0o777, 0o644);
  await boot();
  t.equal(group(), expected, 'once');
  t.equal(readFileSync(join(root, 'usr/lib/group'), 'utf8'), usr, 'the image is left alone');
});

t.test('groups of the machine itself', async (t) => {
  const { group, boot } = machine(t, 'input:x:996:bob\nvideo:x:44:punktfunk\nrender:x:993:\n');
  await boot();
  t.equal(group(), 'video:x:44:punktfunk\ninput:x:996:bob,punktfunk\nrender:x:993:punktfunk\n');
});

t.test('a group that nobody has is not made up; similar names are others', async (t) => {
  const { group, boot } = machine(t, 'inputs:x:5:\nvideo:x:44:punktfunk2\n');
  await boot();
  t.equal(group(), 'inputs:x:5:\nvideo:x:44:punktfunk2,punktfunk\n');
});

t.test('lingers from the first boot on, until it is turned off', async (t) => {
  const { boot, linger } = machine(t, '');
  await boot();
  t.ok(existsSync(linger));
  rmSync(linger); // loginctl disable-linger
  await boot();
  t.notOk(existsSync(linger), 'stays off');
});

t.test('root writes nothing through a link that the user left in his folder', async (t) => {
  const { boot, root } = machine(t, '');
  symlinkSync(join(root, 'etc/nologin'), join(root, 'var/lib/punktfunk/.lingers'));
  await boot();
  t.notOk(existsSync(join(root, 'etc/nologin')));
});
