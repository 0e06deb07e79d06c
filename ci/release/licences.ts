// Licence expressions (SPDX 2.3, annex D): a grammar check, and a list of the identifiers that we have looked at.

/** Licences of what we ship or link. A new one is a decision: a person reads it and adds it here. */
const known_licences = new Set([
  ...[
    'MIT',
    'Apache-2.0',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'CC0-1.0',
    'Zlib',
    'Unicode-3.0',
    'blessing',
    'IJG',
  ],
  ...['LGPL-2.1-or-later', 'GPL-2.0-or-later', 'GPL-3.0-or-later'],
]);
const known_exceptions = new Set(['GCC-exception-3.1']);

/** Null when the expression is right, else what is wrong with it. */
export function licenceProblem(expression: string): string | null {
  if (expression === 'NONE' || expression === 'NOASSERTION') return null;
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const simple = (): string | null => {
    const word = words[at++];
    if (word === undefined) return 'it ends where a licence should follow';
    if (word === '(') {
      const problem = whole();
      if (problem !== null) return problem;
      return words[at++] === ')' ? null : 'a parenthesis is not closed';
    }
    if (!known_licences.has(word.replace(/\+$/, '')))
      return `"${word}" is not a licence of the list in ci/release/licences.ts`;
    if (words[at] !== 'WITH') return null;
    const exception = words[at + 1] ?? '';
    at += 2;
    return known_exceptions.has(exception)
      ? null
      : `"${exception}" is not an exception of the list in ci/release/licences.ts`;
  };
  const whole = (): string | null => {
    for (;;) {
      const problem = simple();
      if (problem !== null) return problem;
      if (words[at] !== 'AND' && words[at] !== 'OR') return null;
      at++;
    }
  };
  return whole() ?? (at < words.length ? `"${words[at]}" stands where AND or OR should` : null);
}
