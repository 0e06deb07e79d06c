import fc from 'fast-check';
import t from 'tap';
import '../test-limit.ts';
import { splitWords } from './words.ts';

t.test('words as a shell has them', async (t) => {
  t.same(splitWords('foot -e htop'), ['foot', '-e', 'htop']);
  t.same(splitWords(`  mpv "/srv/A film.mkv"  'it''s'\\ x "" `), ['mpv', '/srv/A film.mkv', 'its x', '']);
  t.same(splitWords('a "b\\"c\\\\" \'d\\\''), ['a', 'b"c\\', 'd\\']);
  t.same(splitWords('echo $HOME * | x'), ['echo', '$HOME', '*', '|', 'x'], 'and nothing else of one');
  t.same(splitWords(''), []);
  for (const open of ['a "b', "a 'b", 'a \\']) t.throws(() => splitWords(open), { code: 'USAGE' }, open);
});

t.test('what is quoted comes back', async (t) => {
  const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      t.strictSame(splitWords(words.map(quoted).join(' ')), words);
    }),
    { numRuns: 200, seed: 5 },
  );
});
