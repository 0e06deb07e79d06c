// Text that roff prints as it is, whatever it would make of it.

export function roff(text: string): string {
  const of = (character: string) =>
    `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll(/[^\x20-\x7e]/gu, of);
}
