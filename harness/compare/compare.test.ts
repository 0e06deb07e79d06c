import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { exits } from '../exits.ts';
import { parseReport } from '../kit/report.ts';

const kit = (...words: string[]) =>
  runChild([process.execPath, join(import.meta.dirname, '../main.ts'), 'compare', ...words]);
const stand_in = `${process.execPath} ${join(import.meta.dirname, '../kit/test-measurement.ts')}`;
const numbers = (slower: number) => Array.from({ length: 60 }, (_, i) => slower * (10 + ((i * 7) % 11) / 10)).join(' ');

t.test('two files: worse fails, better and the same do not', async (t) => {
  const dir = folder(t);
  const made = async (name: string, slower: number) => {
    const path = join(dir, name);
    await runChild(['sh', '-c', `${stand_in} ${numbers(slower)} --out ${path}`]);
    return path;
  };
  const [before, after] = [await made('before.json', 1), await made('after.json', 1.1)];
  const worse = await kit(before, after, '--json');
  t.equal(worse.code, exits.failed);
  t.match(worse.err, /one, latency has 10\.0 % more in B than in A \(within \d+\.\d and \d+\.\d %\)/);
  const report = parseReport(worse.out, 'it');
  t.match(report.comparisons, [{ case: 'one', series: 'latency', judged: 'worse', rounds: 10 }]);
  t.match(report.notes, [/one after the other/]);
  t.same(
    report.cases.map(({ name }) => name),
    ['one, A', 'one, B'],
  );
  const better = await kit(after, before);
  t.equal(better.code, exits.passed);
  t.match(better.out, /better/);
  t.equal((await kit(before, before)).code, exits.passed);
  t.equal((await kit(before, after, '--threshold-percent', '15')).code, exits.passed);
});

t.test("another's report moves no cursor, and is not lost", async (t) => {
  const dir = folder(t);
  const path = join(dir, 'theirs.json');
  await runChild(['sh', '-c', `${stand_in} ${numbers(1)} --out ${path}`]);
  const theirs = readFileSync(path, 'utf8').replaceAll('"one"', '"one\\u001b[2J"');
  writeFileSync(path, theirs);
  const compared = await kit(path, path);
  t.match(compared.out, /one\\u\{1b\}\[2J/);
  t.notOk(`${compared.out}${compared.err}`.includes('\u001b[2J'));
  const lost = await kit(path, path, '--out', join(dir, '.', 'theirs.json'));
  t.equal(lost.code, exits.usage);
  t.match(lost.err, /theirs\.json is read, and would be lost: write to another file\. /);
  t.equal(readFileSync(path, 'utf8'), theirs);
});

t.test('two commands are run in turns', async (t) => {
  const log = join(folder(t), 'log');
  const side = (name: string, slower: number) => `echo ${name} >>${log}; ${stand_in} ${numbers(slower)} --json`;
  const compared = await kit(side('A', 1), side('B', 1.2), '--rounds', '4', '--json');
  t.equal(compared.code, exits.failed);
  t.match(parseReport(compared.out, 'it').comparisons, [{ judged: 'worse', rounds: 4 }]);
  t.equal(readFileSync(log, 'utf8'), 'A\nB\nB\nA\n'.repeat(2), 'neither is always the second');
});

t.test('what is too noisy to be judged is not told as the same', async (t) => {
  const log = join(folder(t), 'log');
  // Each run is slower or faster than the one before it, whichever side it is of.
  const noisy = `echo x >>${log}; set -- $(seq 1 60 | sed "s/.*/$((10 + ($(wc -l <${log}) * 7) % 5))/"); ${stand_in} "$@" --json`;
  const compared = await kit(noisy, noisy, '--rounds', '8', '--json');
  t.equal(compared.code, exits.not_measured);
  t.match(compared.err, /Nobody can tell: one, latency has .* more rounds or a quieter machine would tell\.\n$/);
  const report = parseReport(compared.out, 'it');
  t.match(report.comparisons, [{ judged: 'unsure' }]);
  t.notOk('partial' in report, 'all of it was measured');
});

t.test('some series alone', async (t) => {
  const one = `${stand_in} ${numbers(1)} --json`;
  const some = await kit(one, one, '--rounds', '4', '--series', 'other; latency', '--json');
  t.equal(some.code, exits.passed);
  t.match(parseReport(some.out, 'it').comparisons, [{ series: 'latency', judged: 'same' }]);
  const none = await kit(one, one, '--rounds', '4', '--series', 'CPU');
  t.equal(none.code, exits.not_measured);
  t.match(none.err, /no series "CPU"\. They have: latency\.\n$/);
});

t.test('rounds end when more would tell nothing, and not before', async (t) => {
  const log = join(folder(t), 'log');
  const steady = `echo x >>${log}; ${stand_in} ${numbers(1)} --json`;
  t.equal((await kit(steady, steady, '--rounds', '12')).code, exits.passed);
  t.equal(readFileSync(log, 'utf8').length / 2, 2 * 8);
});

t.test('what cannot be compared is told in a sentence', async (t) => {
  const dir = folder(t);
  const file = join(dir, 'x.json');
  writeFileSync(file, '{}');
  const empty = join(dir, 'empty.json');
  await runChild(['sh', '-c', `${stand_in} --out ${empty}`]);
  const cases: [words: string[], code: number, sentence: RegExp][] = [
    [[file], exits.usage, /compare takes two reports or two commands/],
    [[file, 'true'], exits.usage, /true is no file, and the other is/],
    [[file, file], exits.not_measured, /x\.json is no report of the kit/],
    [['/nonexistent/a.json', file], exits.not_measured, /a\.json cannot be read/],
    [[empty, empty], exits.not_measured, /no series in common/],
    [['echo no >&2; exit 3', 'true'], exits.not_measured, /A could not be measured: .* ended with 3: no/],
    [['true', 'true'], exits.not_measured, /What A printed is no report of the kit: it is no JSON/],
    [[file, file, '--rounds', '3'], exits.usage, /--rounds wants a whole number from 4/],
  ];
  for (const [words, code, sentence] of cases) {
    const { err, code: ended } = await kit(...words);
    t.equal(ended, code, words.join(' '));
    t.match(err, sentence);
  }
});
