// The words that the benchmarks understand. Each offers some of the options; all of them mean the same everywhere.

import { parseArgs } from 'node:util';

/** A word that is not understood, in a sentence. */
export class UsageError extends Error {}

export interface Offer<Case extends { name: string }> {
  /** As `npm run bench -- NAME` has it. */
  readonly name: string;
  /** Measured of a case, unless others are asked for. */
  readonly seconds?: number;
  /** So often each case, unless another number is asked for. */
  readonly rounds?: number;
  readonly cases?: readonly Case[];
  /** Measures the host of another checkout too. */
  readonly against?: boolean;
}

export interface Options<Case> {
  /** This and `rounds`: 0 where they are not offered. */
  readonly seconds: number;
  readonly rounds: number;
  /** In the order of the offer. */
  readonly cases: readonly Case[];
  readonly against: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

type AnyOffer = Offer<{ name: string }>;

/** By option: its value, and what it does where it is offered. */
const offered = {
  seconds: ['N', ({ seconds }: AnyOffer) => seconds && `measured seconds a case (${seconds})`],
  rounds: ['N', ({ rounds }: AnyOffer) => rounds && `so often each case; the median is told (${rounds})`],
  case: [
    'NAME',
    ({ cases }: AnyOffer) =>
      cases && ['only this case, as often as you like; there are', ...cases.map(({ name }) => `  ${name}`)].join('\n'),
  ],
  against: [
    'DIR',
    ({ against }: AnyOffer) =>
      against && 'beside the host of another checkout, set up, in turns;\nbeacon and client are of this one',
  ],
  json: ['', () => 'the figures as JSON'],
} as const;

export function usageOf(offer: AnyOffer): string {
  const lines = Object.entries(offered).flatMap(([name, [value, textOf]]) => {
    const [first, ...rest] = (textOf(offer) || '').split('\n');
    if (!first) return [];
    return [`  ${`--${name} ${value}`.padEnd(15)}${first}`, ...rest.map((line) => `${' '.repeat(17)}${line}`)];
  });
  return `usage: npm run bench -- ${offer.name} [OPTION...]\n${lines.join('\n')}\n`;
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...words],
      options: {
        seconds: text,
        rounds: text,
        case: { type: 'string', multiple: true },
        against: text,
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 3600)
    throw new UsageError(`--${name} is "${text}", not a whole number from 1 to 3600.`);
  return value;
}

export function readOptions<Case extends { name: string }>(
  offer: Offer<Case>,
  words: readonly string[],
): Options<Case> {
  const values = parse(words);
  for (const [name, [, textOf]] of Object.entries(offered))
    if (values[name as keyof typeof offered] && !textOf(offer))
      throw new UsageError(`Unknown option '--${name}' of ${offer.name}.`);
  const all = offer.cases ?? [];
  const unknown = values.case?.find((asked) => !all.some(({ name }) => name === asked));
  if (unknown !== undefined)
    throw new UsageError(`There is no case "${unknown}": ${all.map(({ name }) => name).join(', ')}.`);
  return {
    seconds: values.seconds === undefined ? (offer.seconds ?? 0) : wholeNumber('seconds', values.seconds),
    rounds: values.rounds === undefined ? (offer.rounds ?? 0) : wholeNumber('rounds', values.rounds),
    cases: all.filter(({ name }) => values.case?.includes(name) ?? true),
    against: values.against,
    json: values.json,
    help: values.help,
  };
}
