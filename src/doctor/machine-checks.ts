// What streaming needs of the machine around the host: versions, input devices, sound, the network.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { outsideAddresses } from '../addresses.ts';
import { version } from '../config/paths.ts';
import { accepts } from '../display/child.ts';
import type { DisplayKind } from '../display/display.ts';
import { install_kind } from '../installation.ts';
import { canWrite, gamepad_devices } from '../session/gamepads.ts';
import { type Check, note, ok } from './check.ts';

/** One field of os-release, empty when it is not there. */
export function osRelease(field: string): string {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return new RegExp(`^${field}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  } catch {
    return '';
  }
}

export function checkVersions(): Check {
  const system = osRelease('PRETTY_NAME') || 'an unnamed system';
  return ok(
    'versions',
    `punktfunk ${version} (${install_kind}), Node ${process.versions.node}, ${system}, Linux ${release()} ${arch()}`,
  );
}

/** Keyboard and pointer need no device of the kernel. */
export function checkInput(): Check {
  const closed = gamepad_devices.filter((path) => !canWrite(path));
  if (closed.length === 0)
    return ok('input', `keyboard and pointer through the desktop, gamepads through ${gamepad_devices.join(' and ')}`);
  const absent = closed.filter((path) => !existsSync(path));
  const cure = absent.length > 0 ? `sudo modprobe -a ${absent.map((path) => path.slice(5)).join(' ')}` : groupCure();
  const what = closed.length === gamepad_devices.length ? 'no gamepads (' : 'not every gamepad (';
  const detail = `keyboard and pointer through the desktop, ${what}${closed.join(' and ')} closed to this user)`;
  return note('input', detail, cure);
}

// On image-based systems /etc/group lacks the groups of the image, and usermod knows only those.
const groupCure = (): string =>
  existsSync('/run/ostree-booted') && osRelease('ID') === 'bazzite'
    ? 'ujust add-user-to-input-group, then log in again'
    : 'sudo usermod -aG input $USER, then log in again';

/** `desktop`: the one that is or would be streamed. */
export async function checkSound(runtime_dir: string, desktop: DisplayKind): Promise<Check> {
  if (desktop === 'embedded') return ok('sound', 'with the desktop that the host starts');
  if (desktop === 'synthetic') return ok('sound', 'none is needed for a test picture');
  const socket = join(process.env.PIPEWIRE_RUNTIME_DIR ?? runtime_dir, process.env.PIPEWIRE_REMOTE ?? 'pipewire-0');
  return (await accepts(socket))
    ? ok('sound', `PipeWire at ${socket}`)
    : note(
        'sound',
        `no PipeWire answers at ${socket}: streams are silent`,
        'systemctl --user enable --now pipewire wireplumber',
      );
}

/** Graphics processors that a desktop may draw with; pictures are encoded by the processor as yet. */
export function checkGraphics(): Check {
  let nodes: string[] = [];
  try {
    nodes = readdirSync('/dev/dri').filter((name) => name.startsWith('renderD'));
  } catch {
    // none
  }
  const open = nodes.filter((name) => canWrite(join('/dev/dri', name)));
  if (open.length > 0)
    return ok('graphics', `${open.map((name) => `/dev/dri/${name}`).join(', ')} for drawing; encoding is in software`);
  return nodes.length === 0
    ? note('graphics', 'no graphics processor: the desktop is drawn and encoded in software', '')
    : note(
        'graphics',
        `${nodes.map((name) => `/dev/dri/${name}`).join(', ')} closed to this user`,
        'sudo usermod -aG render $USER, then log in again',
      );
}

const wanted_buffer_bytes = 4 << 20; // about 30 ms of 1 Gbit/s

export function checkNetwork(): Check {
  const addresses = outsideAddresses();
  if (addresses.length === 0)
    return note('network', 'no IPv4 address: no other machine can connect', 'connect this machine to a network');
  const buffer_bytes = readNumber('/proc/sys/net/core/wmem_max');
  const detail = `${addresses.join(', ')}; send buffers up to ${Math.round(buffer_bytes / 1024)} KiB`;
  return buffer_bytes >= wanted_buffer_bytes
    ? ok('network', detail)
    : note(
        'network',
        `${detail}: little for more than 100 Mbit/s`,
        `sudo sysctl -w net.core.wmem_max=33554432 net.core.rmem_max=33554432`,
      );
}

function readNumber(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}
