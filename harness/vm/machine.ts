// A booted machine under test: how commands reach it, and where the probe finds its host.

import { endOf, expect, type Output, quoted, type RunOptions, until } from '../checks/command.ts';

/** How long a command on the machine may take. */
export const machine_ms = 120_000;

export interface Machine {
  readonly kind: 'ssh' | 'nspawn' | 'qemu';
  /** For people: "root@192.168.1.7", "container of build/image/root". */
  readonly name: string;
  /** IPv4 address at which clients reach it. */
  readonly address: string;
  /** Its kernel and devices are its own: a container shares those of the machine below. */
  readonly own_kernel: boolean;
  /** Made for the test and thrown away: it may be rebooted and spoilt. */
  readonly throw_away: boolean;
  /** How many times longer than on real hardware things may take. */
  readonly patience: number;
  /** Runs a POSIX shell script as root, for `machine_ms` where nothing else is said. Rejects only when the machine cannot be reached. */
  run(script: string, options?: RunOptions): Promise<Output>;
  /** Resolves when it has gone down and its services are up again. */
  reboot(): Promise<void>;
  /** Resolves with what the machine's end looked like; only for machines that are thrown away. */
  powerOff(): Promise<string>;
  /** Releases everything; the machine, if it was made for the test, ends. */
  close(): Promise<void>;
}

/** Standard output of a script that must succeed. */
export async function succeed(machine: Machine, script: string, options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await machine.run(script, options);
  const said = endOf(stderr.trim() || stdout, 8);
  expect(code === 0, `"${script.trim().split('\n')[0]}" ended with ${code}: ${said || 'it said nothing'}`);
  return stdout.trim();
}

/** Puts a file on the machine, readable by everyone. */
export async function copyTo(machine: Machine, path: string, contents: Buffer | string, mode = '0755'): Promise<void> {
  await succeed(machine, `cat > ${quoted(path)} && chmod ${mode} ${quoted(path)}`, { input: contents });
}

/** The script that runs `command` as `user`, in that user's session. */
export function asUser(user: string, command: string): string {
  return `uid=$(id -u ${quoted(user)}) && cd / && exec setpriv --reuid ${quoted(user)} --regid "$(id -g ${quoted(user)})" --init-groups -- env \
HOME="$(getent passwd ${quoted(user)} | cut -d: -f6)" USER=${quoted(user)} LOGNAME=${quoted(user)} XDG_RUNTIME_DIR=/run/user/$uid \
DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus sh -c ${quoted(command)}`;
}

/** Until systemd has nothing left to start. */
export async function settled(machine: Machine, timeout_ms: number): Promise<void> {
  await until(`${machine.name}: the end of its start`, timeout_ms, async () => {
    const { stdout } = await machine
      .run('systemctl is-system-running --wait', { timeout_ms })
      .catch(() => ({ stdout: '' }));
    return /^(running|degraded)$/.test(stdout.trim()) ? true : undefined;
  });
}
