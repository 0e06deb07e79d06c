// The words of a measurement: a table of options, which --help shows and the report repeats.

import { parseArgs } from 'node:util';

/** A word that is not understood, in a sentence. */
export class UsageError extends Error {}

export interface Option<T> {
  /** What stands behind it; '' of a flag. */
  readonly value: string;
  readonly text: string;
  /** word: undefined when it was not given. */
  read(name: string, word: string | boolean | undefined): T;
}
export type OptionTable = Readonly<Record<string, Option<string | number | boolean | undefined>>>;
export type Values<O extends OptionTable> = { readonly [Name in keyof O]: ReturnType<O[Name]['read']> };

function numeric<T>(text: string, least: number, most: number, whole: boolean, fallback: T): Option<number | T> {
  return {
    value: whole ? 'N' : 'X',
    text: typeof fallback === 'number' ? `${text} (${fallback})` : text,
    read(name, word) {
      if (word === undefined) return fallback;
      const value = typeof word === 'string' && word.trim() !== '' ? Number(word) : Number.NaN;
      if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
        throw new UsageError(
          `--${name} wants a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${word}"`,
        );
      return value;
    },
  };
}

export const whole = (text: string, fallback: number, least: number, most: number): Option<number> =>
  numeric(text, least, most, true, fallback);
export const amount = (text: string, fallback: number, least: number, most: number): Option<number> =>
  numeric(text, least, most, false, fallback);
/** That there may be none of. */
export const limit = (text: string, most: number): Option<number | undefined> =>
  numeric(text, 0, most, false, undefined);

export const words = (value: string, text: string): Option<string | undefined> => ({
  value,
  text,
  read: (name, word) => {
    if (word === '') throw new UsageError(`--${name} wants ${value}, not nothing`);
    return typeof word === 'string' ? word : undefined;
  },
});

export const choice = <const T extends string>(text: string, choices: readonly [T, ...T[]]): Option<T> => ({
  value: choices.join('|'),
  text: `${text} (${choices[0]})`,
  read(name, word) {
    const chosen = word === undefined ? choices[0] : choices.find((one) => one === word);
    if (chosen === undefined) throw new UsageError(`--${name} is one of ${choices.join(', ')}, not "${word}"`);
    return chosen;
  },
});

export const flag = (text: string): Option<boolean> => ({ value: '', text, read: (_, word) => word === true });

/** The lines of --help, within 80 columns. */
export function optionLines(table: OptionTable): string[] {
  return Object.entries(table).flatMap(([name, { value, text }]) => {
    const lines = wrap(text, 58);
    const head = `  --${name} ${value}`.trimEnd();
    const own_line = head.length > 20;
    const rest = lines.slice(own_line ? 0 : 1).map((line) => `${' '.repeat(21)}${line}`);
    return own_line ? [head, ...rest] : [`${head.padEnd(21)}${lines[0] ?? ''}`, ...rest];
  });
}

export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Throws UsageError. */
export function readWords<O extends OptionTable>(
  table: O,
  argv: readonly string[],
): { values: Values<O>; operands: string[]; help: boolean } {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value }]) => [name, { type: value === '' ? 'boolean' : 'string' }] as const),
  );
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replace(/\.$/, '') : String(error));
  }
  const help = parsed.values.help === true;
  const values = Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, option.read(name, help ? undefined : parsed.values[name])]),
  );
  return { values: values as Values<O>, operands: parsed.positionals, help };
}
