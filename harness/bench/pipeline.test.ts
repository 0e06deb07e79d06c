import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../../src/test-children.ts';
import { judgement } from './pipeline.ts';

const program = join(import.meta.dirname, 'pipeline.ts');
const run = (...words: string[]) => runChild([process.execPath, program, ...words]);

t.test('wrong words get a sentence and the right ones', async (t) => {
  for (const [words, sentence] of [
    [['--nonsense'], /^Unknown option '--nonsense'/],
    [['--seconds', 'ten'], /^--seconds is "ten", not a whole number/],
    [['--seconds', '0'], /^--seconds is "0"/],
    [['--case', '1080p61'], /^There is no case "1080p61": 1080p60, /],
    [['1080p60'], /^Unexpected argument '1080p60'/],
  ] as const) {
    const { code, out, err } = await run(...words);
    t.same([code, out], [2, ''], words.join(' '));
    t.match(err, sentence);
    t.match(err, /\n\nusage: npm run bench/);
    t.notMatch(err, /^ {4}at /m, 'no stack');
  }
});

t.test('help fits a terminal', async (t) => {
  for (const word of ['--help', '-h']) {
    const { code, out, err } = await run(word);
    t.same([code, err], [0, '']);
    t.same(
      out.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
});

t.test('the judgement', async (t) => {
  const row = (name: string, frames_per_s: number, other_cores = 0) => ({ case: name, frames_per_s, other_cores });
  t.equal(judgement([row('720p60', 59.9), row('1080p still', 1)]), 'Every case held its 60 frames a second.');
  t.equal(
    judgement([row('720p60', 60), row('1080p60', 41.26, 1.52)]),
    'Short of 60 frames a second: 1080p60 (41.3).\nOthers used up to 1.5 cores meanwhile: repeat it on an idle machine.',
  );
});
