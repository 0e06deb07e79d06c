// The graphics processors of a machine, as sysfs has them, and what video they do.

import { accessSync, constants, existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { told } from '../../harness/kit/machine.ts';
import type { Graphics, Missing } from '../../harness/kit/machine-run.ts';

interface Found {
  readonly graphics: Graphics[];
  readonly missing: Missing[];
}

const lineIn = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
};
const namesIn = (path: string): string[] => {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
};
const hex = (text: string | undefined): string => text?.replace(/^0x/, '') ?? '';

/** 0000:03:00.0 VGA compatible controller: Vendor Name (rev c8) */
const nameOfSlot = (slot: string): string | undefined =>
  /^\S+ [^:]+: (.*?)(?: \(rev \w+\))?$/m.exec(told('lspci', '-D', '-s', slot) ?? '')?.[1];

const nvidiaVersion = (root: string): string | undefined =>
  /Kernel Module\D*([\d.]+)/.exec(lineIn(join(root, 'proc/driver/nvidia/version')) ?? '')?.[1] ??
  lineIn(join(root, 'sys/module/nvidia/version'));

/** `root`: of the tree that is looked at, for tests. */
export function graphicsOf(root = '/'): Found {
  const found: Found = { graphics: [], missing: [] };
  const cards = namesIn(join(root, 'sys/class/drm')).filter((name) => /^card\d+$/.test(name));
  for (const card of cards) addCard(root, card, found);
  if (!found.graphics.some(({ driver }) => driver.startsWith('nvidia'))) addNvidiaAlone(root, found);
  if (found.graphics.length === 0)
    found.missing.push({
      what: 'a graphics processor',
      why: '/sys/class/drm has no card, and no module of NVIDIA is loaded.',
    });
  return found;
}

function addCard(root: string, card: string, { graphics, missing }: Found): void {
  const device = join(root, 'sys/class/drm', card, 'device');
  let driver = 'unknown';
  let slot = '';
  try {
    driver = basename(readlinkSync(join(device, 'driver')));
    slot = basename(realpathSync(device));
  } catch {
    // a card without a device: it is made of software
  }
  const ids = [hex(lineIn(join(device, 'vendor'))), hex(lineIn(join(device, 'device')))].join(':');
  const id = ids === ':' ? '' : ids;
  const version = driver.startsWith('nvidia')
    ? nvidiaVersion(root)
    : lineIn(join(root, 'sys/module', driver, 'version'));
  const name = (root === '/' && slot !== '' ? nameOfSlot(slot) : undefined) ?? (id === '' ? driver : `${driver} ${id}`);
  const video = videoOf(root, device);
  if ('why' in video) missing.push({ what: `video of ${card} by VA-API`, why: video.why });
  graphics.push({
    card,
    id,
    name,
    driver: version === undefined ? driver : `${driver} ${version}`,
    ...('driver' in video ? { video: video.driver } : {}),
  });
}

/** What VA-API's driver calls itself, or why nobody can say. */
function videoOf(root: string, device: string): { driver: string } | { why: string } {
  const node = namesIn(join(device, 'drm')).find((name) => name.startsWith('render'));
  if (node === undefined) return { why: 'it has no render node.' };
  const path = join(root, 'dev/dri', node);
  if (!existsSync(path)) return { why: `/dev/dri/${node} is not there: a container has to be given it.` };
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    return { why: `/dev/dri/${node} is closed to this user: the group render or video has it.` };
  }
  if (root !== '/') return { why: 'vainfo looks at no other tree.' };
  if (told('sh', '-c', 'command -v vainfo') === undefined)
    return { why: 'vainfo is not installed (Debian: vainfo; Fedora: libva-utils).' };
  const driver = /Driver version: (.+)/.exec(told('vainfo', '--display', 'drm', '--device', path) ?? '')?.[1];
  return driver === undefined ? { why: `vainfo finds no driver for /dev/dri/${node}.` } : { driver };
}

/** A processor for computing has no card of the kernel's. */
function addNvidiaAlone(root: string, { graphics, missing }: Found): void {
  const version = nvidiaVersion(root);
  if (version === undefined) return;
  const folder = join(root, 'proc/driver/nvidia/gpus');
  for (const slot of namesIn(folder)) {
    const name = /^Model:\s*(.+)$/m.exec(lineIn(join(folder, slot, 'information')) ?? '')?.[1] ?? 'NVIDIA';
    const device = join(root, 'sys/bus/pci/devices', slot);
    const [vendor, model] = [hex(lineIn(join(device, 'vendor'))), hex(lineIn(join(device, 'device')))];
    const id = vendor === '' || model === '' ? '' : `${vendor}:${model}`;
    graphics.push({ card: 'nvidia', id, name, driver: `nvidia ${version}` });
    missing.push({
      what: `video of ${name} by VA-API`,
      why: 'its driver is loaded without a card of the kernel (nvidia-drm).',
    });
  }
}
