// Several values of one option, with commas between them: a command measures each.

import { type Option, UsageError } from './options.ts';

/** undefined: the word is none. */
type ReadOne<T> = (word: string) => T | undefined;

/** The words, each of which `readOne` takes. `of`: what they are, for people. */
export const several = (value: string, text: string, fallback: string, of: string, readOne: ReadOne<unknown>) =>
  ({
    value,
    text: `${text} (${fallback})`,
    read(name, given) {
      const all = typeof given === 'string' ? given : fallback;
      const wrong = all.split(',').find((word) => readOne(word) === undefined);
      if (wrong !== undefined) throw new UsageError(`--${name} wants ${of}, with commas between them, not "${wrong}"`);
      return all;
    },
  }) satisfies Option<string>;

/** Of words that `several` has read. */
export const each = <T>(words: string, readOne: ReadOne<T>): T[] =>
  words.split(',').flatMap((word) => readOne(word) ?? []);

export const wholeFrom =
  (least: number, most: number): ReadOne<number> =>
  (word) => {
    const value = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Even sides, as encoders want them. */
export function sizeOf(word: string): Size | undefined {
  const [, width = '', height = ''] = /^(\d{2,5})x(\d{2,5})$/.exec(word) ?? [];
  const fits = (side: number) => side >= 64 && side <= 8192 && side % 2 === 0;
  const size = { width: Number(width), height: Number(height) };
  return fits(size.width) && fits(size.height) ? size : undefined;
}

/** What the beacon can paint that moves (harness/beacon/picture/motion.h). */
export const motions = ['full', 'rests', 'small', 'typing', 'scroll', 'video', 'grain', 'game'] as const;
export type Motion = (typeof motions)[number];
export const motionOf = (word: string): Motion | undefined => motions.find((one) => one === word);
