import { exit_codes, PunktfunkError } from '../errors.ts';
import { HostClient } from '../management/client.ts';
import type { ClientEdit, ClientSummary } from '../management/schema/clients.ts';
import type { Command } from './command.ts';

export const client: Command = {
  name: 'client',
  summary: 'change what a client is called and may do',
  parameters: 'ID',
  values_printed_by: 'clients',
  arity: 1,
  help: `The ids are in the list of clients. A right that is taken away ends the client's stream, if it has one; it can come back at once:

  {host} client 1f3a90c2 --name "Living room"
  {host} client 1f3a90c2 --input false --launch false   # it may watch and listen
  {host} client 1f3a90c2 --expires 2027-01-31`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'what to call it' },
    input: { type: 'string', value: 'true|false', help: 'it may use keyboard, pointer and gamepads' },
    launch: { type: 'string', value: 'true|false', help: 'it may start and quit programs' },
    expires: { type: 'string', value: 'DATE|never', help: 'from then on it is as if it were not paired' },
  },
  async run({ data_dir, json, values, positionals, print }) {
    const [id = ''] = positionals;
    const { name, expires } = values;
    const rights = { ...flag('input', values.input), ...flag('launch', values.launch) };
    const edit: ClientEdit = {
      ...(typeof name === 'string' && { name }),
      ...(Object.keys(rights).length > 0 && { rights }),
      ...(typeof expires === 'string' && { expires_at: expires === 'never' ? null : expires }),
    };
    if (Object.keys(edit).length === 0)
      throw new PunktfunkError('USAGE', { reason: 'Say what is to change: --name, --input, --launch or --expires.' });
    const changed = await new HostClient(data_dir).ask('PATCH', '/api/v1/clients/{id}', { path: { id }, body: edit });
    print(json ? JSON.stringify(changed) : `${changed.name} ${describeClient(changed)}.`);
    return exit_codes.ok;
  },
};

function flag(name: string, text: string | boolean | undefined): Record<string, boolean> {
  if (text === undefined) return {};
  if (text !== 'true' && text !== 'false')
    throw new PunktfunkError('USAGE', { reason: `--${name} takes true or false.` });
  return { [name]: text === 'true' };
}

/** What it may do and until when, as the end of a sentence. */
export function describeClient({ rights, expires_at, expired }: ClientSummary): string {
  const may = rights.input
    ? rights.launch
      ? 'may do everything'
      : 'may not start programs'
    : rights.launch
      ? 'may not use keyboard, pointer and gamepads'
      : 'may watch and listen only';
  if (expires_at === null) return may;
  return expired
    ? `expired on ${expires_at.slice(0, 10)}`
    : `${may}, until ${expires_at.slice(0, 16).replace('T', ' ')} UTC`;
}
