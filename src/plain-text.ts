/** Control characters, C1's among them, and those that turn the direction of writing. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** `text` without what would move a terminal's cursor, begin another line, or make a line read otherwise than it is written. */
export const plainText = (text: string): string =>
  text.replace(unseen, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);

/** The same of each line. */
export const plainLines = (text: string): string => text.split('\n').map(plainText).join('\n');
