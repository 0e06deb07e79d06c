// The image as a virtual machine without hardware support (TCG): a kernel, devices and modules of its own, a minute to boot. Never KVM: a
// /dev/kvm that opens is no proof of one that boots ordinary guests.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, must, until } from '../checks/command.ts';
import { link, scratchFile, writableView } from './isolate.ts';
import { type Machine, settled } from './machine.ts';
import { lastLines } from './nspawn.ts';
import { Ssh } from './ssh.ts';

const boot_ms = 240_000;
const reboot_ms = 240_000;
const power_off_ms = 90_000;
const disk_bytes = 4 * 1024 ** 3;
const memory_mb = 2048;
const mac = '52:54:00:70:66:01';
const tap = 'pf-tap';
/** What a console says when waiting longer is of no use. */
const lost = /\(initramfs\)|Kernel panic|Cannot open root device|emergency mode/;

class BootTimeout extends Failure {}

/** Our end of a cable into the guest. */
async function makeLink(): Promise<void> {
  await must('ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap');
  await must('ip', 'address', 'add', `${link.ours}/${link.prefix}`, 'dev', tap);
  await must('ip', 'link', 'set', tap, 'up');
}

/** A disk with the image's tree and, beside it, what lets us in: an address, and a key that was made for this guest alone. */
async function makeDisk(root: string, disk: string, key: string): Promise<void> {
  const host_key = scratchFile('host-key');
  for (const file of [key, host_key])
    await must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'boot test', '-f', file);
  const text = (file: string) => readFileSync(file, 'utf8');
  const view = await writableView(root, 'guest', {
    'etc/ssh/boot_test_keys': { text: text(`${key}.pub`) },
    'etc/ssh/boot_test_host_key': { text: text(host_key), mode: 0o600 },
    // Without PAM no user manager of root is started for each command, which would cost seconds here.
    'etc/ssh/sshd_config.d/00-boot-test.conf': {
      text: 'HostKey /etc/ssh/boot_test_host_key\nPermitRootLogin prohibit-password\nAuthorizedKeysFile /etc/ssh/boot_test_keys\nUsePAM no\n',
    },
    'etc/systemd/network/10-boot-test.network': {
      text: `[Match]\nMACAddress=${mac}\n[Network]\nAddress=${link.machine}/${link.prefix}\nGateway=${link.ours}\n`,
    },
    'etc/NetworkManager/system-connections/boot-test.nmconnection': {
      text: `[connection]\nid=boot-test\ntype=ethernet\n[ethernet]\nmac-address=${mac}\n[ipv4]\nmethod=manual\naddress1=${link.machine}/${link.prefix},${link.ours}\n`,
      mode: 0o600,
    },
  });
  const units = ['ssh.service', 'sshd.service'].filter((unit) =>
    statSync(join(view, 'usr/lib/systemd/system', unit), { throwIfNoEntry: false }),
  );
  const [unit] = units;
  if (!unit) throw new Failure('the image has no ssh server: the guest cannot be reached');
  const wanted = join(view, 'etc/systemd/system/multi-user.target.wants', unit);
  rmSync(wanted, { force: true });
  symlinkSync(join('/usr/lib/systemd/system', unit), wanted);
  await must('truncate', '-s', `${disk_bytes}`, disk);
  await must('mkfs.ext4', '-q', '-E', 'lazy_itable_init=1', '-O', '^has_journal', '-d', view, disk);
}

function kernelOf(root: string): { vmlinuz: string; initramfs: string } {
  const dir = join(root, 'usr/lib/modules');
  const name = readdirSync(dir).find((version) => statSync(join(dir, version, 'vmlinuz'), { throwIfNoEntry: false }));
  if (!name) throw new Failure(`${dir} holds no kernel`);
  return { vmlinuz: join(dir, name, 'vmlinuz'), initramfs: join(dir, name, 'initramfs.img') };
}

export interface QemuOptions {
  readonly root: string;
  readonly onLink?: () => Promise<void>;
}

/** Boots `root`. Inside the namespaces of isolate.ts only. A boot that takes too long is tried once more; one that is lost is not. */
export async function bootGuest({ root, onLink }: QemuOptions): Promise<Machine> {
  await makeLink();
  await onLink?.();
  const disk = scratchFile('disk.ext4');
  const key = scratchFile('key');
  await makeDisk(root, disk, key);
  const boot = () => new Guest(root, disk, key).start();
  return boot().catch((error: unknown) => {
    if (!(error instanceof BootTimeout)) throw error;
    process.stderr.write(`${error.message}\nOnce more.\n`);
    return boot();
  });
}

class Guest {
  readonly #root: string;
  readonly #child: ChildProcess;
  readonly #ssh: Ssh;
  readonly #console = scratchFile('console.log');
  #diagnosis = '';

  constructor(root: string, disk: string, key: string) {
    this.#root = root;
    this.#ssh = new Ssh({ target: `root@${link.machine}`, key });
    const { vmlinuz, initramfs } = kernelOf(root);
    rmSync(this.#console, { force: true });
    const machine = ['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', `${memory_mb}`];
    const bare = [
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-monitor',
      'none',
      '-serial',
      `file:${this.#console}`,
    ];
    const kernel = ['-kernel', vmlinuz, '-initrd', initramfs];
    const words = 'console=ttyS0 root=/dev/vda rw loglevel=4 mitigations=off systemd.show_status=1';
    const drive = [
      '-drive',
      `if=none,id=d0,file=${disk},format=raw,snapshot=on,cache=unsafe`,
      '-device',
      'virtio-blk-pci,drive=d0',
    ];
    const network = [
      '-netdev',
      `tap,id=n0,ifname=${tap},script=no,downscript=no`,
      '-device',
      `virtio-net-pci,netdev=n0,mac=${mac}`,
    ];
    const rest = ['-device', 'virtio-rng-pci', '-device', 'virtio-gpu-pci'];
    this.#child = spawn(
      'qemu-system-x86_64',
      [...machine, ...bare, ...kernel, '-append', words, ...drive, ...network, ...rest],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    this.#child.stderr?.on('data', (part: Buffer) => {
      this.#diagnosis += part.toString('utf8');
    });
    this.#child.on('error', (error) => {
      this.#diagnosis = error.message;
    });
  }

  async start(): Promise<Machine> {
    const machine: Machine = {
      kind: 'qemu',
      name: `virtual machine of ${this.#root}`,
      address: link.machine,
      own_kernel: true,
      throw_away: true,
      patience: 4,
      run: (script, options) => this.#ssh.run(script, options),
      reboot: () => this.#alive(this.#ssh.reboot(machine, reboot_ms)),
      powerOff: async () => {
        await this.#ssh.run('systemctl --no-block poweroff');
        return `ended with ${await until('the end of the virtual machine', power_off_ms, () => this.#child.exitCode ?? undefined)}`;
      },
      close: async () => {
        await this.#ssh.close();
        this.#child.kill('SIGKILL');
        await until(
          'the end of qemu',
          10_000,
          () => (this.#child.exitCode ?? this.#child.signalCode) !== null || undefined,
        );
      },
    };
    try {
      await this.#alive(settled(machine, boot_ms));
      return machine;
    } catch (error) {
      await machine.close().catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      const told = `${reason}\nthe end of the console:\n${lastLines(this.#console)}`;
      throw error instanceof Lost ? new Failure(told) : new BootTimeout(told);
    }
  }

  /** What `work` gives, or at once a failure when the guest is lost. */
  async #alive<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const watch = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        if (this.#child.exitCode !== null)
          reject(new Lost(`qemu ended: ${this.#diagnosis.trim() || this.#child.exitCode}`));
        const sign = lost.exec(lastLines(this.#console, 20));
        if (sign) reject(new Lost(`the console says "${sign[0]}"`));
      }, 500);
    });
    work.catch(() => undefined);
    return Promise.race([work, watch]).finally(() => clearInterval(timer));
  }
}

class Lost extends Failure {}
