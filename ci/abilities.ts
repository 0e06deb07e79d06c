// What this machine lets a test do, found out by trying.

import { resolve } from 'node:path';
import { endOf, must, type Script, Skip, saidBy, script, sh } from '../harness/checks/command.ts';
import { findProgram } from '../src/find-program.ts';
import { report, scratch } from './step.ts';

/** Something that a machine can do, or not: then it throws a Skip that says what is missing. */
export type Ability = () => Promise<unknown>;

/** Whether this machine has all of it; else says what is skipped, and why. */
export async function able(name: string, ...abilities: Ability[]): Promise<boolean> {
  try {
    for (const ability of abilities) await ability();
    return true;
  } catch (error) {
    if (!(error instanceof Skip)) throw error;
    report.skipped(name, error.message);
    return false;
  }
}

const holds = (reason: string, work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => {
    throw new Skip(`${reason} (${endOf(saidBy(error), 1).slice(0, 200)})`);
  });
export const isRoot = (reason: string) => async (): Promise<void> => {
  if (process.getuid?.() !== 0) throw new Skip(reason);
};
export const has =
  (...programs: string[]) =>
  async (): Promise<void> => {
    for (const name of programs) if (!findProgram(name)) throw new Skip(`${name} is not installed`);
  };

/** In mount, network and process namespaces that end with it. */
const inNamespaces: Script = (...parts) => {
  const namespaces = '--mount --net --pid --fork --kill-child --mount-proc --propagation private'.split(' ');
  return must('unshare', ...namespaces, 'timeout', '--kill-after=5', '60', 'sh', '-ec', script(...parts));
};
export async function canMount(): Promise<void> {
  await isRoot('it mounts, which needs root')();
  // On the scratch folder itself, in which nothing is left.
  const mounts = inNamespaces`mount -t tmpfs tmpfs ${scratch} && cd ${scratch} && mkdir lower upper work view &&
    mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay view`;
  await holds('this machine lets nobody mount an overlay in a namespace', mounts);
}
/** A network device of our own, whose other end a virtual machine is. */
export const canTap = (): Promise<unknown> =>
  holds('this machine has no tap devices, /dev/net/tun', inNamespaces`ip tuntap add dev pf-try mode tap`);
/** Containers whose first process makes control groups, as systemd does. */
export const canBoot = (tree: string) => async (): Promise<void> => {
  await has('systemd-nspawn')();
  // It would choose the hierarchy by the systemd that the root has, which may come later.
  const boots = inNamespaces`
    mount -t tmpfs tmpfs /run
    umount -R /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none /sys/fs/cgroup
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
    systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --resolv-conf=off --timezone=off --private-network --pipe --read-only \
      --directory=${resolve(tree)} sh -c "mkdir /sys/fs/cgroup/pf-try && rmdir /sys/fs/cgroup/pf-try"`;
  await holds('no container with systemd starts on this machine', boots);
};
/** File systems in a file, as system extensions are. */
export const canLoop = (): Promise<unknown> =>
  holds(
    'this machine has no loop devices',
    sh`truncate -s 1M ${scratch}/try.raw; device=$(losetup --show --find --read-only ${scratch}/try.raw); losetup --detach "$device"`,
  );
