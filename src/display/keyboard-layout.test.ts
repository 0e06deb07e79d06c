import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { folder } from '../test-folder.ts';
import { machineKeyboard } from './keyboard-layout.ts';

const kbd_model_map = `# console keymap, layout, model, variant, options
us us pc105+inet - terminate:ctrl_alt_bksp
de-latin1-nodeadkeys de pc105 nodeadkeys terminate:ctrl_alt_bksp
fr_CH ch pc105 fr terminate:ctrl_alt_bksp
`;

const cases: { name: string; environment?: NodeJS.ProcessEnv; files?: Record<string, string>; layout: object }[] = [
  { name: 'nothing is said', layout: {} },
  {
    name: 'the environment wins over files',
    environment: { XKB_DEFAULT_LAYOUT: 'fr', XKB_DEFAULT_OPTIONS: 'compose:ralt' },
    files: { 'etc/default/keyboard': 'XKBLAYOUT="de"\n' },
    layout: { XKB_DEFAULT_LAYOUT: 'fr', XKB_DEFAULT_OPTIONS: 'compose:ralt' },
  },
  {
    name: 'Debian',
    files: {
      'etc/default/keyboard':
        '# KEYBOARD\n\nXKBMODEL="pc105"\nXKBLAYOUT="de,us"\nXKBVARIANT="nodeadkeys,"\nXKBOPTIONS=""\n',
    },
    layout: { XKB_DEFAULT_MODEL: 'pc105', XKB_DEFAULT_LAYOUT: 'de,us', XKB_DEFAULT_VARIANT: 'nodeadkeys,' },
  },
  {
    name: 'systemd 253 and later',
    files: { 'etc/vconsole.conf': 'KEYMAP=de\nXKBLAYOUT=ch\nXKBVARIANT=fr # Suisse\n' },
    layout: { XKB_DEFAULT_LAYOUT: 'ch', XKB_DEFAULT_VARIANT: 'fr' },
  },
  {
    name: 'localectl before that',
    files: {
      'etc/vconsole.conf': 'KEYMAP=us\n',
      'etc/X11/xorg.conf.d/00-keyboard.conf':
        'Section "InputClass"\n  Identifier "system-keyboard"\n  Option "XkbLayout" "jp"\n  Option "XkbModel" "jp106"\nEndSection\n',
    },
    layout: { XKB_DEFAULT_MODEL: 'jp106', XKB_DEFAULT_LAYOUT: 'jp' },
  },
  {
    name: 'only the console has a keymap',
    files: { 'etc/vconsole.conf': 'KEYMAP="de-latin1-nodeadkeys"\n', 'usr/share/systemd/kbd-model-map': kbd_model_map },
    layout: {
      XKB_DEFAULT_MODEL: 'pc105',
      XKB_DEFAULT_LAYOUT: 'de',
      XKB_DEFAULT_VARIANT: 'nodeadkeys',
      XKB_DEFAULT_OPTIONS: 'terminate:ctrl_alt_bksp',
    },
  },
  {
    name: "a console keymap that was converted from X's",
    files: { 'etc/vconsole.conf': 'KEYMAP="us-dvorak-intl"\n', 'usr/lib/kbd/keymaps/xkb/us-dvorak-intl.map.gz': '' },
    layout: { XKB_DEFAULT_LAYOUT: 'us', XKB_DEFAULT_VARIANT: 'dvorak-intl' },
  },
  {
    name: 'a console keymap that nobody knows',
    files: { 'etc/vconsole.conf': 'KEYMAP=neo\n', 'usr/share/systemd/kbd-model-map': kbd_model_map },
    layout: {},
  },
  {
    name: 'values that no layout has',
    files: { 'etc/default/keyboard': 'XKBLAYOUT="$(reboot)"\n' },
    layout: {},
  },
];

for (const { name, environment = {}, files = {}, layout } of cases) {
  t.test(name, async (t) => {
    const root = folder(t);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    t.same(machineKeyboard(environment, root), layout);
  });
}
