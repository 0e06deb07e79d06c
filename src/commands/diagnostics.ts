import { resolve } from 'node:path';
import { exit_codes } from '../errors.ts';
import { download } from '../management/download.ts';
import type { Command } from './command.ts';

export const diagnostics: Command = {
  name: 'diagnostics',
  summary: 'collect what the host knows of itself, for whoever helps',
  parameters: 'FILE',
  arity: 1,
  help: `Writes an archive with settings, log, events, past streams and a fresh examination by the doctor. It has no key, no PIN, no value of a
variable and no argument of a command; it does have names and addresses of clients.

  {host} diagnostics punktfunk.tar.gz`,
  options: {},
  async run({ data_dir, json, positionals: [name = ''], print }) {
    const file = resolve(name);
    await download(data_dir, '/api/v1/diagnostics', file);
    print(json ? JSON.stringify({ file }) : `${file} is written. Look it through before you give it away.`);
    return exit_codes.ok;
  },
};
