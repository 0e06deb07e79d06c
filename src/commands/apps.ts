import { exit_codes } from '../errors.ts';
import { HostClient } from '../management/client.ts';
import type { Command } from './command.ts';
import { splitWords } from './words.ts';

export const apps: Command = {
  name: 'apps',
  summary: 'list the applications',
  parameters: '',
  arity: 0,
  help: `Shows what clients can start, in their order, with the id that \`remove-app\` takes:

  {host} apps
  {host} apps --json`,
  options: {},
  async run({ data_dir, json, print }) {
    const list = await new HostClient(data_dir).ask('GET', '/api/v1/applications');
    if (json) print(JSON.stringify(list));
    else for (const { id, title, running } of list) print(`${id}  ${title}${running ? '  (running)' : ''}`);
    return exit_codes.ok;
  },
};

export const add_app: Command = {
  name: 'add-app',
  summary: 'add an application',
  parameters: 'TITLE',
  arity: 1,
  help: `Clients list it at once. No shell reads the command; quotes keep words together. Without a command it is the desktop itself:

  {host} add-app Terminal --command foot
  {host} add-app Film --command 'mpv "/srv/films/A film.mkv"'

Variables, and what is done before and undone after it, are in config.json, or on the host's own page.`,
  options: {
    command: { type: 'string', value: 'LINE', help: 'the program with its arguments' },
    'working-directory': { type: 'string', value: 'DIR', help: 'where it runs' },
  },
  async run({ data_dir, json, values, positionals, print }) {
    const [title = ''] = positionals;
    const { command, 'working-directory': working_directory } = values;
    const app = await new HostClient(data_dir).ask('POST', '/api/v1/applications', {
      body: {
        title,
        ...(typeof command === 'string' && { command: splitWords(command) }),
        ...(typeof working_directory === 'string' && { working_directory }),
      },
    });
    print(json ? JSON.stringify(app) : `Clients list ${app.title} (id ${app.id}).`);
    return exit_codes.ok;
  },
};

export const remove_app: Command = {
  name: 'remove-app',
  summary: 'remove an application',
  parameters: 'ID',
  values_printed_by: 'apps',
  arity: 1,
  help: `Clients do not list it any more; what runs of it goes on. The ids are in the list of applications:

  {host} apps
  {host} remove-app 1679907923`,
  options: {},
  async run({ data_dir, json, positionals, print }) {
    const [id = ''] = positionals;
    const app = await new HostClient(data_dir).ask('DELETE', '/api/v1/applications/{id}', { path: { id: Number(id) } });
    print(json ? JSON.stringify(app) : `${app.title} is removed.`);
    return exit_codes.ok;
  },
};
