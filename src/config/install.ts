// How this copy came onto the machine, and so how it is mended.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { package_root } from './paths.ts';

const cures = {
  checkout: 'npm run setup',
  deb: 'sudo apt-get install --reinstall punktfunk',
  rpm: 'sudo dnf reinstall punktfunk',
  arch: 'sudo pacman -S punktfunk',
  sysext: 'sudo systemd-sysext refresh; if that does not help, download the extension again',
  image: 'go back to the image before: sudo bootc rollback && sudo systemctl reboot',
} as const;
export type InstallKind = keyof typeof cures;

/** A checkout has no marker; every package brings one. */
export const install_kind: InstallKind = (() => {
  try {
    const word = readFileSync(join(package_root, 'install-kind'), 'utf8').trim();
    return word in cures ? (word as InstallKind) : 'checkout';
  } catch {
    return 'checkout';
  }
})();

/** What to do when a file of ours is missing or does not work. */
export const repair: string = cures[install_kind];
