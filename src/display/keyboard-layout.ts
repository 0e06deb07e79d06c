// The keyboard that this machine's owner chose, as the variables that libxkbcommon reads (XKB_DEFAULT_LAYOUT and its four siblings, see
// xkb_rule_names in xkbcommon.h): from our environment, else from where distributions keep it.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const parts = ['RULES', 'MODEL', 'LAYOUT', 'VARIANT', 'OPTIONS'] as const;
type Part = (typeof parts)[number];
type Names = Partial<Record<Part, string>>;

/** Empty where nothing is said: xkbcommon's own default holds then. `root` is where the machine's files are. */
export function machineKeyboard(environment: NodeJS.ProcessEnv, root = '/'): Record<string, string> {
  const places: (() => Names)[] = [
    () => named(environment, 'XKB_DEFAULT_'),
    () => named(assignments(read(root, 'etc/default/keyboard')), 'XKB'), // keyboard(5), Debian
    () => named(assignments(read(root, 'etc/vconsole.conf')), 'XKB'), // vconsole.conf(5), systemd 253 and later
    () => xorgOptions(read(root, 'etc/X11/xorg.conf.d/00-keyboard.conf')), // localectl(1), before
    () => ofConsole(assignments(read(root, 'etc/vconsole.conf')).KEYMAP, read(root, 'usr/share/systemd/kbd-model-map')),
    () => ofConverted(assignments(read(root, 'etc/vconsole.conf')).KEYMAP, root),
  ];
  for (const place of places) {
    const names = place();
    if (!names.LAYOUT) continue;
    return Object.fromEntries(
      parts.flatMap((part) => (names[part] ? [[`XKB_DEFAULT_${part}`, names[part] as string]] : [])),
    );
  }
  return {};
}

function read(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return ''; // not this distribution's way
  }
}

/** The lines KEY=value and KEY="value" of a file that shells can read. */
function assignments(text: string): Record<string, string> {
  const lines = text.matchAll(/^[ \t]*([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#]*))/gm);
  return Object.fromEntries(
    [...lines].map(([, name = '', ...values]) => [name, values.find((v) => v !== undefined) ?? '']),
  );
}

function named(source: Readonly<Record<string, string | undefined>>, prefix: string): Names {
  return Object.fromEntries(parts.flatMap((part) => entry(part, source[`${prefix}${part}`])));
}

function xorgOptions(text: string): Names {
  const options = [...text.matchAll(/^\s*Option\s+"Xkb(\w+)"\s+"([^"\n]*)"/gim)];
  return Object.fromEntries(
    options.flatMap(([, name = '', value]) => {
      const part = parts.find((candidate) => candidate === name.toUpperCase());
      return part ? entry(part, value) : [];
    }),
  );
}

/** systemd's table of console keymaps: keymap, layout, model, variant, options; "-" is nothing. */
function ofConsole(keymap: string | undefined, table: string): Names {
  if (!keymap) return {};
  for (const line of table.split('\n')) {
    const [console_keymap, layout, model, variant, options] = line.trim().split(/\s+/);
    if (console_keymap !== keymap) continue;
    return Object.fromEntries([
      ...entry('LAYOUT', layout),
      ...entry('MODEL', model),
      ...entry('VARIANT', variant),
      ...entry('OPTIONS', options),
    ]);
  }
  return {};
}

/** Where X's layouts are converted for the console (Fedora's kbd), a keymap's name is the layout's, and its variant's: "de-nodeadkeys". */
function ofConverted(keymap: string | undefined, root: string): Names {
  const [, layout, variant] = /^([a-z]+)(?:-([\w-]+))?$/.exec(keymap ?? '') ?? [];
  const there = ['usr/lib/kbd', 'usr/share/kbd'].some((kbd) =>
    existsSync(join(root, kbd, 'keymaps/xkb', `${keymap}.map.gz`)),
  );
  return layout && there ? Object.fromEntries([...entry('LAYOUT', layout), ...entry('VARIANT', variant)]) : {};
}

function entry(part: Part, value: string | undefined): [Part, string][] {
  return value && /^[\w,:+()-]{1,256}$/.test(value) && value !== '-' ? [[part, value]] : [];
}
