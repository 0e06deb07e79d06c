import { exit_codes, PunktfunkError } from '../errors.ts';
import { HostClient } from '../management/client.ts';
import type { SettingSummary } from '../management/schema/settings.ts';
import type { Command, CommandContext } from './command.ts';

const path = '/api/v1/settings';

const effects: Readonly<Record<SettingSummary['effect'], string>> = {
  now: 'in force now',
  next_stream: 'in force with the next stream',
  restart: 'in force with the next start of the host',
};

const places: Readonly<Record<SettingSummary['place'], string>> = {
  flag: 'command line',
  environment: 'environment',
  file: 'config.json',
  default: 'default',
};

const shown = (value: SettingSummary['value']): string => (value === '' ? '""' : String(value));

export const settings: Command = {
  name: 'settings',
  summary: 'list the settings of the running host',
  parameters: '',
  arity: 0,
  help: `Shows each setting that is in force, and where it comes from. What only the next start brings into force stands behind it:

  {host} settings
  {host} settings --json`,
  options: {},
  async run({ data_dir, json, print }) {
    const list = await new HostClient(data_dir).ask('GET', path);
    if (json) print(JSON.stringify(list));
    else
      for (const { name, value, configured, place } of list) {
        const later = value === configured ? '' : `  (next: ${shown(configured)})`;
        print(`${name.padEnd(16)}  ${shown(value)}${later}  (${places[place]})`);
      }
    return exit_codes.ok;
  },
};

export const set: Command = {
  name: 'set',
  summary: 'change a setting of the running host',
  parameters: 'NAME VALUE',
  values_printed_by: 'settings',
  arity: 2,
  help: `Keeps the setting in config.json, and brings it into force as soon as that can be:

  {host} set name "Studio"
  {host} set log_level debug`,
  options: {},
  async run(context) {
    const [name = '', text = ''] = context.positionals;
    const list = await new HostClient(context.data_dir).ask('GET', path);
    return change(context, name, fromText(list.find((one) => one.name === name)?.type, text));
  },
};

export const unset: Command = {
  name: 'unset',
  summary: 'give a setting of the running host its default',
  parameters: 'NAME',
  values_printed_by: 'settings',
  arity: 1,
  help: `Takes the setting out of config.json:

  {host} unset log_level`,
  options: {},
  run: (context) => change(context, context.positionals[0] ?? '', null),
};

/** What does not fit stays text, which the host refuses with its own sentence. */
function fromText(type: SettingSummary['type'] | undefined, text: string): string | number | boolean {
  if (type === 'integer' && /^-?\d{1,9}$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

async function change(
  { data_dir, json, print }: CommandContext,
  name: string,
  value: string | number | boolean | null,
): Promise<number> {
  const list = await new HostClient(data_dir).ask('PATCH', path, { body: { [name]: value } });
  const setting = list.find((one) => one.name === name);
  if (!setting) throw new PunktfunkError('INTERNAL', { reason: `the host does not tell of ${name}` });
  const { configured, effect } = setting;
  print(json ? JSON.stringify(setting) : `${name} is ${shown(configured)}, ${effects[effect]}.`);
  return exit_codes.ok;
}
