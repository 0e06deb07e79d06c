// The appliance: the stand-in image is built, linted, booted as a container and as a virtual machine, upgraded and rolled back, and each
// gate is seen to fail on what it guards against.
//   node ci/image.ts [ROOT]     ROOT: an image's tree that is there already; else tools/image.sh makes build/image/root

import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endOf, execute, expect, must, sh } from '../harness/checks/command.ts';
import { type Check, control } from '../harness/checks/report.ts';
import { type Ability, able, canBoot, canMount, canTap, has, isRoot } from './abilities.ts';
import { check, finish, inOwnMounts, proven, report, root, scratch } from './step.ts';

const [, , given] = process.argv;
const tools = given === undefined ? [has('buildah', 'mmdebstrap')] : [];
const needed = [isRoot('building and booting an image needs root, buildah and mmdebstrap'), ...tools, canMount];
if (!(await able('the image and its boots', ...needed))) finish();
inOwnMounts();

const made = 'build/image/image.json';
if (given === undefined) {
  if (!(await check('the stand-in image is built', () => must('bash', 'tools/image.sh')))) finish();
  // What a rebase downloads for us, and keeps.
  await check('the image adds at most 250 MB to its base', async () => {
    const sizes = JSON.parse(readFileSync(made, 'utf8')) as { size_bytes: number; base_size_bytes: number };
    const added_mb = (sizes.size_bytes - sizes.base_size_bytes) / 1e6;
    expect(added_mb > 0 && added_mb <= 250, `the image adds ${added_mb.toFixed(1)} MB to its base`);
  });
  // What a strict umask made of the checkout is nowhere in the image: it is the same to the last bit.
  await check(
    'a checkout that a strict umask closed gives the same image',
    () => sh`
    closed=${scratch}/closed; cp ${made} ${scratch}/first.json; export GIT_DIR="$(git rev-parse --absolute-git-dir)"; umask 077
    mkdir $closed && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - --ignore-failed-read |
      tar -x -C $closed --no-same-permissions && ln -s ${root}/build $closed/build
    [ "$(stat -c %a $closed/bootc/files/usr)" = 700 ]
    bash $closed/tools/image.sh --no-root --tag localhost/punktfunk:again && diff ${scratch}/first.json ${made}
    CONTAINERS_STORAGE_CONF=build/image/storage.conf buildah rmi localhost/punktfunk:again`,
  );
}
const tree = resolve(given ?? 'build/image/root');

let views = 0;
/** A writable view of the tree, in which a script was run. */
async function spoiltView(script: string): Promise<string> {
  const place = join(scratch, `view-${views++}`);
  mkdirSync(place);
  await must('mount', '-t', 'tmpfs', 'tmpfs', place);
  for (const part of ['upper', 'work', 'view']) mkdirSync(join(place, part));
  const layers = `lowerdir=${tree},upperdir=${place}/upper,workdir=${place}/work`;
  await must('mount', '-t', 'overlay', '-o', layers, 'overlay', join(place, 'view'));
  await must('env', '-C', join(place, 'view'), 'sh', '-ec', script);
  return join(place, 'view');
}
const spoilt = (what: string, lint: string, script: string) =>
  control<string>(what, `${lint} `, () => spoiltView(script));
const linted: Check<string> = {
  name: 'every lint of bootc that looks at files',
  short: 'lint',
  run: (looked_at) => must('node', 'tools/bootc-lint.ts', looked_at),
  controls: [
    spoilt('a file in /var', 'warning var-tmpfiles', 'mkdir -p var/lib/x && : >var/lib/x/state'),
    spoilt('a log of the build', 'warning var-log', 'mkdir -p var/log && echo x >var/log/dpkg.log'),
    spoilt('a second kernel', 'error kernel', 'mkdir usr/lib/modules/0 && : >usr/lib/modules/0/vmlinuz'),
    spoilt("a folder that the checkout's umask closed", 'error closed-folder', 'chmod 0750 usr/lib'),
    spoilt('a closed file of ours', 'error closed-folder', 'chmod 0600 usr/lib/bootc/kargs.d/50-punktfunk.toml'),
    spoilt('a user that nothing declares', 'warning sysusers', 'echo "stray:x:4711:4711::/:/bin/sh" >>etc/passwd'),
  ],
};
await proven(linted, tree);

/** Each test of a booted machine counts by itself. */
async function boots(name: string, abilities: readonly Ability[], ...words: string[]): Promise<void> {
  if (!(await able(name, ...abilities))) return;
  let counted = '';
  const { code, stderr } = await execute('sh', ['harness/vm/run', ...words], {
    onLine: (line) => {
      const [, state = '', what = ''] = /^(ok|FAILED|skipped): (.*)$/.exec(line) ?? [];
      if (/^\d+ passed, \d+ failed$/.test(line)) counted = line;
      else if (state === 'ok') report.passed(`${name}: ${what}`);
      else if (state === 'FAILED') report.failed(`${name}: ${what}`, '');
      else process.stdout.write(state === '' ? `${line}\n` : `skipped: ${name}: ${what}\n`);
    },
  });
  if (counted === '') report.failed(name, `it ended with ${code}, without a count: ${endOf(stderr)}`);
}
const boot = canBoot(tree);
await boots('container', [boot], '--nspawn', tree, '--controls', 'all');
// Bazzite's groups are in a database that is not written to: the seat has its own all the same, from the first boot on.
const groups = 'groups in a database of the image alone';
if (await able(groups, boot))
  await check(groups, async () => {
    const view = await spoiltView('');
    await sh`sh harness/vm/altfiles.sh ${view} && sh harness/vm/run --nspawn ${view} 010 030 070`;
  });
await boots('upgrade', [has('ostree'), boot], '--ostree', tree);
// What a container has not: kernel, devices, link. The rest was seen there, ten times as fast.
const of_machines = ['010', '040', '065', '080', '090', '095', '100', '110', '900'];
const virtual = [has('qemu-system-x86_64'), canTap];
await boots('machine', virtual, '--qemu', tree, ...of_machines, '--controls', '080,090,095');

// A guest that cannot start is told at once, with its console.
if (await able('a kernel that panics', ...virtual))
  await check('a kernel that panics ends the run at once', async () => {
    const view = await spoiltView('printf "no initramfs" | tee usr/lib/modules/*/initramfs.img');
    const { code, stdout } = await execute('sh', ['harness/vm/run', '--qemu', view, '010']);
    expect(code === 3 && stdout.includes('the console says "Kernel panic"'), `${code}: ${endOf(stdout)}`);
  });

report.skipped(
  'Bazzite itself',
  'its image, its kernel and its SELinux policy are not on this machine: harness/vm/run --ssh tests one, docs/release.md lists what to look at',
);
finish();
