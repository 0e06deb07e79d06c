// What a command is, and what it gets.

import type { ParseArgsConfig } from 'node:util';

export type OptionSpec = NonNullable<ParseArgsConfig['options']>[string] & { value?: string; help: string };

export interface CommandContext {
  data_dir: string;
  /** Machine-readable output: one JSON document (or one a line) on standard output. */
  json: boolean;
  /** The command's own options, as text or boolean. */
  values: Readonly<Record<string, string | boolean | undefined>>;
  positionals: readonly string[];
  /** Writes a line to standard output. */
  print(line: string): void;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Arguments after the name, as the usage line shows them. */
  readonly parameters: string;
  /** The command that lists what its argument can be, each the first word of a line, with two spaces behind it: shells complete by it. */
  readonly values_printed_by?: string;
  /** How many arguments it takes. */
  readonly arity: number;
  /** Paragraphs and examples, as they stand in its --help. */
  readonly help: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Resolves with the exit code; throws PunktfunkError. */
  run(context: CommandContext): Promise<number>;
}
