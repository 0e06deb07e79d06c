import { hostCommand } from '../config/paths.ts';
import { exit_codes } from '../errors.ts';
import { HostClient } from '../management/client.ts';
import type { ClientSummary } from '../management/schema/clients.ts';
import { describeClient } from './client.ts';
import type { Command } from './command.ts';

/** Nothing for what is usual. */
const limits = (client: ClientSummary): string =>
  client.rights.input && client.rights.launch && client.expires_at === null ? '' : `  (${describeClient(client)})`;

export const clients: Command = {
  name: 'clients',
  summary: 'list the paired clients',
  parameters: '',
  arity: 0,
  help: `Shows each client that may stream, with the id that \`client\` and \`unpair\` take:

  {host} clients
  {host} clients --json`,
  options: {},
  async run({ data_dir, json, print }) {
    const list = await new HostClient(data_dir).ask('GET', '/api/v1/clients');
    if (json) {
      print(JSON.stringify(list));
    } else if (list.length === 0) {
      print(`No client is paired. In Moonlight choose this computer, then run: ${hostCommand(data_dir, 'pair PIN')}`);
    } else {
      for (const client of list) {
        print(
          `${client.id}  ${client.paired_at.slice(0, 10)}  ${client.name}${client.streaming ? '  (streaming)' : limits(client)}`,
        );
      }
    }
    return exit_codes.ok;
  },
};
