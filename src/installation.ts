// How this copy came onto the machine, and so which words work on it: what starts it, what its command is, how it is mended. Imports
// nothing, so that the table of errors can use it.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The package's root: where package.json, build/ and src/ are. */
export const package_root = resolve(import.meta.dirname, '..');

/** Where the build puts addons and encoder modules. PUNKTFUNK_NATIVE_DIR names another build, for tests and debuggers. */
export const native_dir: string = process.env.PUNKTFUNK_NATIVE_DIR ?? join(package_root, 'build/native/lib');

interface Words {
  /** The host's command line, as it can be typed in any folder. */
  readonly host: string;
  /** What runs the host and takes its options. */
  readonly serve: string;
  /** What to do when a file of ours is missing or does not work. */
  readonly repair: string;
  /** The measuring kit's command line, in any folder too. */
  readonly harness: string;
  /** How one gets to the kit where it is missing, as a sentence without its full stop; and what to do when a file of its is. */
  readonly harness_install: string;
  readonly harness_repair: string;
}

/** A word for a shell: quoted where it must be. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const installWith = (command: string) => `Install it on the machine itself: \`${command}\``;
/** Host and kit in one. */
const whole = (repair: string): Words => ({
  host: 'punktfunk-host',
  serve: 'punktfunk-host serve',
  repair,
  harness: 'punktfunk-harness',
  harness_install: `It is a part of what is installed here. Mend that: ${repair}`,
  harness_repair: repair,
});
/** The kit is a package of its own, installed and mended with these words before its name. */
const packaged = (install: string, mend: string): Words => ({
  ...whole(`${mend} punktfunk`),
  harness_install: installWith(`${install} punktfunk-harness`),
  harness_repair: `${mend} punktfunk-harness`,
});
const set_up = `npm --prefix ${shellWord(package_root)} run setup`;

const words_by_kind = {
  checkout: {
    host: shellWord(join(package_root, 'tools/bin/punktfunk-host')),
    serve: `npm --prefix ${shellWord(package_root)} start --`,
    repair: set_up,
    harness: shellWord(join(package_root, 'tools/bin/punktfunk-harness')),
    harness_install: installWith(set_up),
    harness_repair: set_up,
  },
  deb: packaged('sudo apt-get install', 'sudo apt-get install --reinstall'),
  rpm: packaged('sudo dnf install', 'sudo dnf reinstall'),
  arch: packaged('sudo pacman -S', 'sudo pacman -S'),
  sysext: whole('sudo systemd-sysext refresh; if that does not help, download the extension again'),
  image: whole('go back to the image before: sudo bootc rollback && sudo systemctl reboot'),
} as const satisfies Record<string, Words>;
export type InstallKind = keyof typeof words_by_kind;

/** A checkout has no marker; every package brings one. */
export const install_kind: InstallKind = (() => {
  try {
    const word = readFileSync(join(package_root, 'install-kind'), 'utf8').trim();
    return Object.hasOwn(words_by_kind, word) ? (word as InstallKind) : 'checkout';
  } catch {
    return 'checkout';
  }
})();

const words: Words = words_by_kind[install_kind];
export const {
  host: host_command,
  serve: serve_command,
  repair,
  harness: harness_command,
  harness_install,
  harness_repair,
} = words;

/** `text` with {host}, {serve} and the others as they are typed on this copy. */
export const withOwnWords = (text: string): string =>
  text.replace(/\{(host|serve|repair|harness_install)\}/g, (_, name: keyof Words) => words[name]);
