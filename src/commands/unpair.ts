import { exit_codes } from '../errors.ts';
import { HostClient } from '../management/client.ts';
import type { Command } from './command.ts';

export const unpair: Command = {
  name: 'unpair',
  summary: 'take the right to stream away from a client',
  parameters: 'ID',
  values_printed_by: 'clients',
  arity: 1,
  help: `Ends the client's stream, if it has one, and forgets it. The ids are in the list of clients:

  {host} clients
  {host} unpair 1f3a90c2`,
  options: {},
  async run({ data_dir, json, positionals, print }) {
    const [id = ''] = positionals;
    const client = await new HostClient(data_dir).ask('DELETE', '/api/v1/clients/{id}', { path: { id } });
    print(
      json
        ? JSON.stringify(client)
        : `${client.name} is no longer paired${client.streaming ? '; its stream has ended' : ''}.`,
    );
    return exit_codes.ok;
  },
};
