// What the manual and the shells' completion are made of: the commands, as their --help describes them.

import type { Command, OptionSpec } from '../../src/commands/command.ts';
import { commands, common_options } from '../../src/commands/list.ts';

/** What can be typed in a place. `printed`: the first words of the table that a command of the host prints. */
export type Values =
  | { kind: 'words'; words: string[] }
  | { kind: 'folder' }
  | { kind: 'file' }
  | { kind: 'printed'; by: string }
  | { kind: 'free' };

export interface Option {
  name: string;
  short: string | undefined;
  /** How the help names its value; undefined: it takes none. */
  value: string | undefined;
  values: Values;
  help: string;
}

export interface CommandDescription {
  name: string;
  summary: string;
  parameters: string;
  argument: Values;
  help: string;
  options: Option[];
}

export interface Description {
  program: string;
  commands: CommandDescription[];
  common: Option[];
}

/** An installed copy's, whichever copy this is. */
export async function describeHost(): Promise<Description> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  const common = optionsOf(common_options);
  return { program: 'punktfunk-host', commands: loaded.map((command) => describe(command, common)), common };
}

function describe(command: Command, common: readonly Option[]): CommandDescription {
  const { name, summary, parameters, help, values_printed_by } = command;
  return {
    name,
    summary,
    parameters,
    argument: values_printed_by === undefined ? valuesOf(parameters) : { kind: 'printed', by: values_printed_by },
    help: help.replaceAll('{host}', 'punktfunk-host'),
    options: [...optionsOf(command.options), ...common],
  };
}

const optionsOf = (options: Readonly<Record<string, OptionSpec>>): Option[] =>
  Object.entries(options).map(([name, { short, value, help }]) => ({
    name,
    short,
    value,
    values: valuesOf(value ?? ''),
    help: help.replaceAll('{host}', 'punktfunk-host'),
  }));

/** By the name of the value: a|b|c, DIR, FILE, or something that only its user knows. */
export function valuesOf(value: string): Values {
  if (value.includes('|')) return { kind: 'words', words: value.split('|') };
  if (value === 'DIR') return { kind: 'folder' };
  if (value === 'FILE') return { kind: 'file' };
  return { kind: 'free' };
}
