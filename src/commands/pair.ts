import { exit_codes, PunktfunkError } from '../errors.ts';
import { HostClient } from '../management/client.ts';
import type { Command } from './command.ts';

export const pair: Command = {
  name: 'pair',
  summary: 'let the client that shows this PIN stream',
  parameters: 'PIN',
  arity: 1,
  help: `In Moonlight, choose this computer: it shows four digits. Give them here, within five minutes:

  {host} pair 1234
  {host} pair 1234 --name "Living room"

A PIN is good for one try. When several clients wait, say which one with --address.`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'what to call the client' },
    address: { type: 'string', value: 'ADDRESS', help: 'the client, when several wait' },
  },
  async run({ data_dir, json, values, positionals, print }) {
    const [pin = ''] = positionals;
    if (!/^\d{4}$/.test(pin)) throw new PunktfunkError('PIN_INVALID', { pin: pin.slice(0, 16) });
    const client = await new HostClient(data_dir).ask('POST', '/api/v1/pairing/approve', {
      body: {
        pin,
        ...(typeof values.name === 'string' ? { name: values.name } : {}),
        ...(typeof values.address === 'string' ? { address: values.address } : {}),
      },
    });
    print(json ? JSON.stringify(client) : `Paired ${client.name} (id ${client.id}).`);
    return exit_codes.ok;
  },
};
