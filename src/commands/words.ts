// A line of a command as words: quotes and backslashes keep them together, as in a shell, and nothing else of a shell is there.

import { PunktfunkError } from '../errors.ts';

/** Throws USAGE for a quote that is not closed. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const part = /\s+|\\(.)|'([^']*)'|"((?:\\.|[^"\\])*)"|([^\s\\'"]+)/gsy;
  let word: string | undefined;
  while (part.lastIndex < line.length) {
    const at = part.lastIndex;
    const found = part.exec(line);
    if (!found) throw new PunktfunkError('USAGE', { reason: `A quote is not closed: ${line.slice(at, at + 64)}` });
    const [all, escaped, single, double, plain] = found;
    if (/^\s/.test(all)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (escaped ?? single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? plain ?? '');
  }
  return word === undefined ? words : [...words, word];
}
