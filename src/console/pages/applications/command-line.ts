// A command is a list of words, which no shell reads. In a box it is one line: words apart by blanks, with quotes around what has blanks.

export interface Reading {
  words: string[];
  /** A quote that has no end, a backslash with nothing after it. */
  unfinished: boolean;
}

export function readCommand(text: string): Reading {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (letter === quote) quote = '';
    else if (letter === '\\' && quote !== "'") {
      if (at + 1 === text.length) return { words: word === undefined ? words : [...words, word], unfinished: true };
      word = (word ?? '') + text[++at];
    } else if (quote === '' && (letter === '"' || letter === "'")) {
      quote = letter;
      word ??= '';
    } else if (quote === '' && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  if (word !== undefined) words.push(word);
  return { words, unfinished: quote !== '' };
}

/** What reads as these words again. */
export function writeCommand(words: readonly string[]): string {
  return words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`)).join(' ');
}
