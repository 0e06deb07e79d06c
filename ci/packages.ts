// Packages of every format: built, compared, installed into roots, started there, removed; their repositories, signed.
// Debian packages: mmdebstrap, rpm, rpmlint, lintian, makepkg, pacman-package-manager, squashfs-tools, libarchive-tools, createrepo-c,
// apt-utils, gpg, zstd, fakeroot, iproute2, libcap2-bin, systemd-container.

import { chmodSync, globSync } from 'node:fs';
import { freemem } from 'node:os';
import { basename, join } from 'node:path';
import { expect, must, Skip, sh } from '../harness/checks/command.ts';
import type { Check } from '../harness/checks/report.ts';
import { Booted, booted_checks } from '../packaging/test/booted.ts';
import { harmless, lint, same_files } from '../packaging/test/contents.ts';
import {
  formats,
  nothingLeft,
  type Place,
  refusesForeignExtension,
  scriptsSurvive,
} from '../packaging/test/formats.ts';
import { Repositories } from '../packaging/test/repositories.ts';
import { base, makeBase, Roots, suite } from '../packaging/test/roots.ts';
import { able, canBoot, canLoop, canMount, has, isRoot } from './abilities.ts';
import { copyBuilt } from './built.ts';
import { check, finish, inOwnMounts, logs, proven, report, root, scratch } from './step.ts';

const isDebian = async () => {
  if (suite === '') throw new Skip('this machine is not Debian or Ubuntu');
  await has('apt-get')();
};
const package_tools =
  'rpm rpmbuild rpmlint lintian makepkg pacman repo-add mksquashfs bsdtar createrepo_c apt-ftparchive gpg zstd fakeroot';
const tools = has('mmdebstrap', ...package_tools.split(' '), 'ip', 'getcap', 'systemd-sysext');
if (!(await able('packages', isRoot('roots are made and mounted by root'), isDebian, canMount, tools))) finish();
inOwnMounts();
// In memory where there is enough: package managers wait for the disk after each file.
if (freemem() >= 8 * 1024 ** 3) await must('mount', '-t', 'tmpfs', '-o', 'size=6G', 'scratch', scratch);
chmodSync(scratch, 0o755);
process.env.TMPDIR = scratch;
process.env.SOURCE_DATE_EPOCH ??= await sh`git log -1 --format=%ct`;

const copy = join(scratch, 'copy');
const out = join(scratch, 'packages');
/** Files get the time of copying; node_modules, which nobody edits, is mounted. */
const copyCheckout = async (from: string, to: string) => {
  await sh`
  mkdir -p ${to}/node_modules && mount --bind ${root}/node_modules ${to}/node_modules
  mount -o remount,ro,bind ${to}/node_modules
  cd ${from} && tar -cf - --exclude=src/console/node_modules src | tar -C ${to} -xf - -m
  cp -r packaging harness package.json package-lock.json LICENSE-MIT LICENSE-APACHE ${to}/`;
  await copyBuilt(from, to);
};
// What is packaged stands still, whatever is done to the checkout meanwhile.
const stands = await check('a copy of the checkout', () => copyCheckout(root, copy));
if (!stands || !(await check('packages are built', () => sh`${copy}/packaging/build.sh all --out ${out}`))) finish();

const packageOf = (pattern: string) => globSync(join(out, pattern))[0] ?? '';
const [deb, rpm, arch] = ['punktfunk_*.deb', 'punktfunk-[0-9]*.rpm', 'punktfunk-[0-9]*.pkg.tar.zst'].map(packageOf) as [
  string,
  string,
  string,
];
const kit = {
  deb: packageOf('punktfunk-harness_*.deb'),
  rpm: packageOf('punktfunk-harness-*.rpm'),
  arch: packageOf('punktfunk-harness-*.pkg.tar.zst'),
};
const roots = new Roots(scratch);
const place: Place = { scratch, copy, out, deb, rpm, arch, raw: join(out, 'punktfunk.raw'), kit, roots };
const apart = join(scratch, 'apart');
// In another place, at another time, in a checkout that a strict umask has closed.
await check('another place and other times of files give the same bytes', async () => {
  const again = join(scratch, 'another/place');
  await copyCheckout(copy, `${again}/checkout`);
  await sh`
    find ${again}/checkout -path '*/node_modules' -prune -o ! -type l -exec chmod go= {} +
    (umask 077 && ${again}/checkout/packaging/build.sh all --out ${again}/out)
    for file in ${out}/*; do cmp "$file" ${again}/out/"$(basename "$file")"; done
    umount ${again}/checkout/node_modules && rm -rf ${again}`;
});
await check(
  'packages are taken apart',
  () => sh`
  mkdir -p ${apart}/deb ${apart}/rpm ${apart}/arch
  for file in ${[deb, kit.deb]}; do dpkg-deb -x $file ${apart}/deb; done
  for file in ${[rpm, kit.rpm]}; do bsdtar -C ${apart}/rpm -xpf $file; done
  for file in ${[arch, kit.arch]}; do bsdtar -C ${apart}/arch -xpf $file; done
  unsquashfs -quiet -no-progress -dest ${apart}/sysext ${place.raw}`,
);
await proven(same_files, apart);
for (const kind of ['deb', 'rpm', 'arch', 'sysext']) await proven(harmless(kind), apart);
await check('lintian finds only what is allowed', () => lint('lintian', deb));
await check('rpmlint finds only what is allowed', () => lint('rpmlint', rpm));
await check('lintian, of the kit', () => lint('lintian', kit.deb));
await check('rpmlint, of the kit', () => lint('rpmlint', kit.rpm));
await check('scripts do no harm where every tool fails', () => scriptsSurvive(place));

let all = await check('bare root', makeBase);
all =
  (await check('deb: its dependencies resolve in a bare root', async () => {
    await roots.layer('bare', base);
    const said = await roots.apt('bare', ['install', '--simulate', `/run/beside/${basename(deb)}`], out);
    for (const name of ['punktfunk', 'sway', 'pipewire', 'foot', 'libenet7'])
      expect(said.includes(`\nInst ${name} `), `${name} would not be installed:\n${said}`);
  })) && all;
// What a host needs, and nothing of ours: lower layer of every root that one is started in.
all =
  (await check('root with the dependencies', async () => {
    await roots.layer('system', base);
    const depends = await must('dpkg-deb', '-f', deb, 'Depends');
    await roots.apt('system', ['satisfy', '--no-install-recommends', depends]);
  })) && all;
if (!all) finish();

/** What a system has one package of is the host's alone. */
const packageWords = (kind: string) => (kind === 'sysext' ? [] : ['--package', 'punktfunk']);
const verifyPayload = (name: string, kind: string, words: readonly string[] = packageWords(kind)) =>
  sh`node ${copy}/packaging/payload.ts verify ${name} --kind ${kind} ${words}`;
/** A root like the deb's, with or without the kit, but for a fault. */
const faulty = (what: string, words: string, script: string, ...above: string[]) => ({
  what,
  words,
  spoil: async () => {
    const layers = [...above, 'deb', 'system'].map((name) => roots.changesOf(name));
    const where = await roots.layer('faulty', ...layers, base);
    await sh`cd ${where} && sh -ec ${script}`;
    return 'faulty';
  },
  // Its changes are none of the next one's business.
  mend: async () => {
    await roots.unlayer('faulty');
    await sh`rm -rf ${scratch}/roots/faulty`;
  },
});
const lib = 'usr/lib/punktfunk';
const no_addon = `rm ${lib}/build/native/lib/punktfunk_engine.node`;
const asListed = (kind: string): Check<string> => ({
  name: `${kind}: what is installed is what the list says`,
  run: (name) => verifyPayload(roots.of(name), kind),
  controls: [
    faulty('a wrong mode', 'src/main.ts has mode 0600', `chmod 600 ${lib}/src/main.ts`),
    faulty('a missing addon', 'punktfunk_engine.node is missing', no_addon),
  ],
});
const hostStarts = (kind: string): Check<string> => ({
  name: `${kind}: doctor is content, the host starts, answers and ends`,
  run: (name) => roots.startHost(name),
  controls: [
    faulty('a missing addon', 'punktfunk_engine.node is', no_addon),
    faulty(
      'a missing library',
      'needs libenet.so.7, which is not installed',
      'rm usr/lib/x86_64-linux-gnu/libenet.so.7*',
    ),
  ],
});
const kitMeasures: Check<string> = {
  name: 'the kit measures the host that is installed',
  run: (name) => roots.measure(name),
  controls: [
    faulty('a missing probe', 'punktfunk_client.node', `rm ${lib}/build/native/lib/punktfunk_client.node`, 'deb-kit'),
    faulty('a missing library', 'libavcodec.so', 'rm usr/lib/x86_64-linux-gnu/libavcodec.so.*', 'deb-kit'),
  ],
};
/** In a root of its own over that of the host. */
async function kitChecks(kind: string, addKit: (root: string) => Promise<unknown>): Promise<void> {
  const with_kit = `${kind}-kit`;
  await check(`${kind}: the kit installs beside the host, and is what the list says`, async () => {
    await roots.layer(with_kit, roots.changesOf(kind), roots.changesOf('system'), base);
    await addKit(with_kit);
    await verifyPayload(roots.of(with_kit), kind, []);
  });
  // The others lack libraries: their packages are of other systems than the root.
  if (kind === 'deb') await proven(kitMeasures, with_kit);
  await roots.unlayer(with_kit);
}
const { sysext, ...others } = formats(place);
const installable = (await able('sysext: installed', canLoop)) && sysext ? { ...others, sysext } : others;
for (const [kind, format] of Object.entries(installable)) {
  let before = '';
  await check(`${kind}: a root for it`, async () => {
    await format.root();
    before = await roots.paths(kind);
  });
  await check(`${kind}: installs`, () => format.install());
  // Once is enough: what notices is the same for all.
  const prove = kind === 'deb' ? proven : report.check.bind(report);
  await prove(asListed(kind), kind);
  if (format.verify) await check(`${kind}: its own verification`, format.verify);
  await prove(hostStarts(kind), kind);
  if (format.addKit) await kitChecks(kind, format.addKit);
  await check(`${kind}: is removed`, () => format.remove());
  await check(`${kind}: nothing is left but the data`, async () => nothingLeft(before, await roots.paths(kind)));
}
if ('sysext' in installable) await check('sysext: another system refuses it', () => refusesForeignExtension(place));

if (await able('a booted machine', canBoot(base))) {
  const machine = new Booted();
  if (await check('booted: a machine that runs systemd', () => machine.boot(place, `${logs}-console.log`)))
    for (const [name, run] of Object.entries(booted_checks)) await check(`booted: ${name}`, () => run(machine));
  machine.kill();
}

const repositories = new Repositories(place);
const [published, by_theirs] = [join(scratch, 'published'), join(scratch, 'published-theirs')];
await check('keys for this run', () => repositories.makeKeys());
await check('repositories are made and signed', () => repositories.publishAs('ours', published));
await check('without a usable key nothing is written', () => repositories.unpublished(published));
await proven(repositories.verified, { folder: published, key: 'ours' });
await check('the same, signed by another', () => repositories.publishAs('theirs', by_theirs));
await check('apt installs from the signed repository', async () =>
  verifyPayload(await repositories.aptInstalls(published), 'deb'),
);
await check('apt refuses what another signed', () => repositories.aptRefuses(by_theirs));
await check('pacman installs from the signed repository', async () =>
  verifyPayload(await repositories.pacmanInstalls('ours', published), 'arch'),
);
await check('pacman refuses what another signed', () => repositories.pacmanRefuses(by_theirs));
finish();
