// How each format comes into a root, is verified by its own system, and goes.

import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execute, expect, must, refused, sh } from '../../harness/checks/command.ts';
import { base, type Roots } from './roots.ts';

/** What the packages' checks share. */
export interface Place {
  readonly scratch: string;
  /** The copy of the checkout from which they were built. */
  readonly copy: string;
  /** The folder of the packages, and they. */
  readonly out: string;
  readonly deb: string;
  readonly rpm: string;
  readonly arch: string;
  readonly raw: string;
  /** The measuring kit's. */
  readonly kit: Readonly<Record<'deb' | 'rpm' | 'arch', string>>;
  readonly roots: Roots;
}

export interface Format {
  /** A root for it, as it is before. */
  root(): Promise<unknown>;
  install(): Promise<unknown>;
  /** As its own system sees it. */
  verify?(): Promise<unknown>;
  remove(): Promise<unknown>;
  /** Installs the measuring kit too, into a root like this one. */
  addKit?(root: string): Promise<unknown>;
}

export const formats = (place: Place): Record<string, Format> => ({
  deb: debian(place),
  rpm: fedora(place),
  arch: arch(place),
  sysext: extension(place),
});

const lower = ({ roots }: Place, name: string) => roots.layer(name, roots.changesOf('system'), base);

const debian = (place: Place): Format => {
  const { roots, deb, out } = place;
  return {
    root: () => lower(place, 'deb'),
    install: () => roots.apt('deb', ['install', '--no-install-recommends', `/run/beside/${basename(deb)}`], out),
    verify: async () => {
      for (const flag of ['--verify', '--audit'])
        expect(
          (await roots.inside('deb', ['dpkg', flag, ...(flag === '--verify' ? ['punktfunk'] : [])])) === '',
          `dpkg ${flag} found something`,
        );
    },
    remove: async () => {
      await roots.apt('deb', ['purge', 'punktfunk']);
      await refused('not installed', roots.inside('deb', ['dpkg', '-s', 'punktfunk']));
    },
    // What it needs beside the host comes with it.
    addKit: async (root) => {
      const { kit } = place;
      await roots.apt(root, ['install', '--no-install-recommends', `/run/beside/${basename(kit.deb)}`], out);
      await roots.inside(root, ['dpkg', '--verify', 'punktfunk-harness']);
    },
  };
};

const fedora = (place: Place): Format => {
  const { roots, rpm, kit } = place;
  // Debian's rpm would keep its database in root's home.
  const into = (root: string) => ['--root', roots.of(root), '--dbpath', '/var/lib/rpm'];
  const rpmIn = (...words: string[]) => must('rpm', ...into('rpm'), ...words);
  /** What a database that knows nothing but us names as missing is what the package says, and no less. */
  const asksForAll = async (root: string, file: string) => {
    const tried = await execute('rpm', [...into(root), '-i', '--test', '--nosignature', file]);
    const named = [...tried.stderr.matchAll(/^\t(.*) is needed by punktfunk-/gm)].map(([, name]) => name);
    const listed = (await must('rpm', '-qp', '--requires', '--nosignature', file)).split('\n');
    const wanted = listed.filter((line) => !/^(rpmlib|punktfunk)\(/.test(line));
    const differing = new Set(named).symmetricDifference(new Set(wanted));
    expect(differing.size === 0 && wanted.length > 0, `requirements: ${[...differing].join(', ')}`);
  };
  return {
    root: async () => {
      await lower(place, 'rpm');
      await rpmIn('--initdb');
    },
    install: async () => {
      await asksForAll('rpm', rpm);
      await rpmIn('-i', '--nodeps', '--nosignature', rpm);
    },
    verify: () => rpmIn('-V', '--nodeps', 'punktfunk'),
    remove: async () => {
      await rpmIn('-e', 'punktfunk');
      await refused('not installed', rpmIn('-q', 'punktfunk'));
    },
    addKit: async (root) => {
      await asksForAll(root, kit.rpm);
      await must('rpm', ...into(root), '-i', '--nodeps', '--nosignature', kit.rpm);
      await must('rpm', ...into(root), '-V', '--nodeps', 'punktfunk-harness');
    },
  };
};

const arch = (place: Place): Format => {
  const { roots, scratch, arch, kit } = place;
  const root = roots.of('arch');
  const pacmanIn = (root: string, ...words: string[]) => {
    const into = [`--root=${root}`, `--dbpath=${root}/var/lib/pacman`, `--cachedir=${scratch}/pacman`];
    return must('pacman', '--noconfirm', '--config=/dev/null', ...into, ...words);
  };
  const pacman = (...words: string[]) => pacmanIn(root, ...words);
  const unaltered = (found: string) => expect(found.includes(', 0 altered files'), found);
  return {
    // Folders that are empty in this root and belong to other packages on Arch get a file of somebody else's.
    root: async () => sh`touch ${await lower(place, 'arch')}/usr/lib/modules-load.d/other.conf`,
    install: async () => {
      await sh`mkdir -p ${root}/var/lib/pacman ${scratch}/pacman`;
      await pacman('-U', '--nodeps', '--nodeps', arch);
    },
    verify: async () => unaltered(await pacman('-Qkk', 'punktfunk')),
    remove: async () => {
      await pacman('-R', 'punktfunk');
      await refused('not found', pacman('-Q', 'punktfunk'));
    },
    addKit: async (name) => {
      const there = roots.of(name);
      await pacmanIn(there, '-U', '--nodeps', '--nodeps', kit.arch);
      unaltered(await pacmanIn(there, '-Qkk', 'punktfunk-harness'));
    },
  };
};

const extension = (place: Place): Format => {
  const { roots, raw } = place;
  // systemd-sysext merges in a namespace of its own, from which mounts reach only those who share theirs. What shares is ours alone.
  const sysext = (...words: string[]) => must('systemd-sysext', `--root=${roots.of('sysext')}`, '--no-pager', ...words);
  const file = join(roots.of('sysext'), 'var/lib/extensions/punktfunk.raw');
  return {
    root: async () => void mkdirSync(join(await lower(place, 'sysext'), 'var/lib/extensions'), { recursive: true }),
    install: async () => {
      await sh`mount -t tmpfs run /run && mount --make-rshared /`;
      copyFileSync(raw, file);
      await sysext('merge');
    },
    remove: async () => {
      await sysext('unmerge');
      rmSync(file);
    },
  };
};

/** An extension for another system, in a root that it is not for. */
export async function refusesForeignExtension({ scratch, copy, roots }: Place): Promise<void> {
  const root = roots.of('sysext');
  await sh`
    ${copy}/packaging/build.sh sysext --sysext-id fedora:44 --out ${scratch}/fedora
    cp ${scratch}/fedora/punktfunk.raw ${root}/var/lib/extensions/`;
  const { stdout, stderr } = await execute('systemd-sysext', [`--root=${root}`, '--no-pager', 'merge']);
  expect(/incompatible/.test(`${stdout}${stderr}`), `${stdout}${stderr}`);
  expect(!existsSync(join(root, 'usr/bin/punktfunk-host')), 'it was merged');
}

/** The packages' scripts, with a systemd that seems to run and tools that all fail, on a root that cannot be written. */
export const scriptsSurvive = ({ scratch, deb, rpm, arch }: Place): Promise<string> => sh`
  folder=${scratch}/scripts && mkdir -p $folder/bin $folder/control && cd $folder
  dpkg-deb -e ${deb} control && bsdtar -xOf ${arch} .INSTALL >install
  for script in POSTIN PREUN POSTUN; do rpm -qp --nosignature --qf "%{$script}\n" ${rpm} >$script; done
  for tool in systemctl udevadm modprobe runuser timeout stat; do printf '#!/bin/sh\nexit 1\n' >bin/$tool && chmod 755 bin/$tool; done
  unshare --mount --propagation private bash -exc '
    PATH=$PWD/bin:$PATH
    mount -t tmpfs run /run && mkdir -p /run/systemd/system /run/user/1000/systemd
    mount --bind /bin/false /usr/lib/systemd/systemd-sysctl # it is named by its path, and would change this machine
    mount -o remount,ro,bind /
    sh control/postinst configure ""
    sh control/postinst configure 0.0.1
    sh control/prerm remove
    sh control/postrm remove
    sh control/postrm purge
    for step in "POSTIN 1" "POSTIN 2" "PREUN 0" "PREUN 1" "POSTUN 0" "POSTUN 1"; do sh -e $step; done
    for step in post_install post_upgrade pre_remove post_remove; do bash -ec ". ./install; $step 1 0"; done'`;

/** Since `before` a root has changed by the data that uninstalling names, and by nothing else. */
export function nothingLeft(before: string, now: string): void {
  const [was, is] = [new Set(before.split('\n')), new Set(now.split('\n'))];
  const changed = [...was.symmetricDifference(is)];
  const data = / \/home\/streamer\/\.(local|local\/share|local\/share\/punktfunk|cache|cache\/punktfunk)(\/|$)/;
  const left = changed.filter((line) => !data.test(line));
  expect(left.length === 0, left.join('\n'));
  const identity = ' /home/streamer/.local/share/punktfunk/identity.json';
  expect(
    changed.some((line) => line.endsWith(identity)),
    'no host ran in this root: its data is not there',
  );
}
