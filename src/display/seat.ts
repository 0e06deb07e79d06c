// The desktop of the appliance's seat, a unit of its own: the windows, buttons and greeting of the embedded one, and the machine's
// keyboard. Writes Sway's configuration below $XDG_RUNTIME_DIR and prints the variables that Sway is to have, for a shell:  eval
// "$(seat.ts)"

import { join } from 'node:path';
import { defaultDataDir } from '../config/paths.ts';
import { exit_codes } from '../errors.ts';
import { swayFiles, writeConfig } from './embedded-config.ts';
import { installedPrograms } from './embedded-programs.ts';
import { machineKeyboard } from './keyboard-layout.ts';

const folder = 'punktfunk-session';
const { XDG_RUNTIME_DIR: runtime_dir } = process.env;

if (!runtime_dir) {
  process.stderr.write('The seat has no XDG_RUNTIME_DIR: this is run by punktfunk-session.service.\n');
  process.exit(exit_codes.refused);
}
writeConfig(
  join(runtime_dir, folder),
  swayFiles(installedPrograms(), {
    directory: `$XDG_RUNTIME_DIR/${folder}`,
    settings_file: join(defaultDataDir(process.env), 'config.json'),
    output: 'HEADLESS-1',
    mode: '1920x1080@60Hz',
    started: 'sh /usr/lib/punktfunk/session/started.sh',
  }),
);
for (const [name, value] of Object.entries(machineKeyboard(process.env)))
  process.stdout.write(`export ${name}='${value.replaceAll("'", '')}'\n`);
process.stdout.write(`sway_config=$XDG_RUNTIME_DIR/${folder}/sway.conf\n`);
