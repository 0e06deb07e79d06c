// The settings of the schema as command-line options.

import { LiveConfig } from '../config/live.ts';
import type { TextSettings } from '../config/load.ts';
import { defaults, type SettingName, setting_help } from '../config/schema.ts';
import type { CommandContext, OptionSpec } from './command.ts';

const names = (Object.keys(setting_help) as SettingName[]).filter((name) => name !== 'apps'); // a list: in the file only

const flagOf = (name: SettingName): string => name.replaceAll('_', '-');

export const setting_options: Readonly<Record<string, OptionSpec>> = Object.fromEntries(
  names.map((name) => {
    const { value, help } = setting_help[name];
    const standard = String(defaults()[name]);
    return [
      flagOf(name),
      { type: 'string', value, help: standard === '' ? help : `${help} (default ${standard})` } satisfies OptionSpec,
    ];
  }),
);

/** The configuration that this command line, the environment and the file make together. */
export function configOf(context: CommandContext): LiveConfig {
  const flags: TextSettings = {};
  for (const name of names) {
    const value = context.values[flagOf(name)];
    if (typeof value === 'string') flags[name] = value;
  }
  return new LiveConfig(context.data_dir, flags, process.env);
}
