import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../../src/test-children.ts';
import { readOptions, UsageError, usageOf } from './options.ts';

const cases = [{ name: '720p60' }, { name: '720p60 busy' }, { name: '1080p60' }];
const all = { name: 'all', seconds: 8, rounds: 3, cases, against: true };
const few = { name: 'few' };

t.test('what is refused, and in which words', async (t) => {
  const number = (name: string, text: string) => `--${name} is "${text}", not a whole number from 1 to 3600.`;
  for (const [offer, words, sentence] of [
    [all, ['--nonsense'], /^Unknown option '--nonsense'/],
    [all, ['1080p60'], /^Unexpected argument '1080p60'/],
    [all, ['--seconds'], /^Option '--seconds <value>' argument missing/],
    [all, ['--json=yes'], /^Option '--json' does not take an argument/],
    [all, ['--seconds', 'ten'], number('seconds', 'ten')],
    [all, ['--seconds', '0'], number('seconds', '0')],
    [all, ['--seconds', '3601'], number('seconds', '3601')],
    [all, ['--seconds', '1e2'], number('seconds', '1e2')],
    [all, ['--seconds', '1.5'], number('seconds', '1.5')],
    [all, ['--rounds', ''], number('rounds', '')],
    [all, ['--rounds=-1'], number('rounds', '-1')],
    [all, ['--case', '720p61'], 'There is no case "720p61": 720p60, 720p60 busy, 1080p60.'],
    [all, ['--case', '720p60', '--case', '720'], /^There is no case "720": /],
    [few, ['--seconds', '1'], "Unknown option '--seconds' of few."],
    [few, ['--rounds', '1'], "Unknown option '--rounds' of few."],
    [few, ['--case', '720p60'], "Unknown option '--case' of few."],
    [few, ['--against', '/'], "Unknown option '--against' of few."],
  ] as const)
    t.throws(() => readOptions(offer, words), { constructor: UsageError, message: sentence }, words.join(' '));
});

t.test('what is understood', async (t) => {
  const nothing = { against: undefined, json: false, help: false };
  t.same(readOptions(all, []), { seconds: 8, rounds: 3, cases, ...nothing });
  t.same(readOptions(few, []), { seconds: 0, rounds: 0, cases: [], ...nothing });
  const [first, , last] = cases;
  t.same(
    readOptions(
      all,
      ['--case', '1080p60', '--case=720p60', '--case', '1080p60', '--seconds', '3600', '--rounds', '1'].concat(
        ...['--against', '../other', '--json', '-h'],
      ),
    ),
    { seconds: 3600, rounds: 1, cases: [first, last], against: '../other', json: true, help: true },
    'cases in their order, each once',
  );
});

t.test('help names what is offered, and nothing else', async (t) => {
  const named = (text: string) => [...text.matchAll(/^ {2}(--\w+ ?[A-Z]*) /gm)].map(([, name]) => name?.trim());
  t.same(named(usageOf(all)), ['--seconds N', '--rounds N', '--case NAME', '--against DIR', '--json']);
  t.same(named(usageOf(few)), ['--json']);
  for (const told of ['(8)', '(3)', '720p60 busy\n']) t.ok(usageOf(all).includes(told), told);
});

t.test('every benchmark refuses with the right words; what is not built is told', async (t) => {
  const run = (name: string, ...words: string[]) =>
    runChild([process.execPath, join(import.meta.dirname, `${name}.ts`), ...words]);
  for (const name of ['picture', 'pipeline', 'launch', 'sound']) {
    const { code, out, err } = await run(name, '--nonsense');
    t.same([code, out], [2, ''], name);
    t.ok(err.startsWith("Unknown option '--nonsense'") && err.includes(`\n\nusage: npm run bench -- ${name} `), err);
    t.notMatch(err, /^ {4}at /m, 'no stack');
  }
  for (const name of ['picture', 'sound'])
    t.match(await run(name, '--against', '/nowhere'), {
      code: 1,
      out: '',
      err: /^\/nowhere\/src\/main\.ts is missing/,
    });
});
