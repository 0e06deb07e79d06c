import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { runChild, startChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { exits } from '../exits.ts';
import { parseReport, readReport } from './report.ts';

const program = [process.execPath, join(import.meta.dirname, 'test-measurement.ts')];
const measure = (...words: string[]) => runChild([...program, ...words]);
const numbers = ['1', '2', '3', '4'];

t.test('a report of what was measured, on standard output and in a file', async (t) => {
  const out = join(folder(t), 'report.json');
  const { code, out: json } = await measure(...numbers, '--rounds', '2', '--json', '--out', out, '--seed', '9');
  t.equal(code, exits.passed);
  const report = parseReport(json, 'it');
  t.same(readReport(out), report);
  t.match(report, { command: 'stand-in 1 2 3 4', seed: 9, options: { rounds: 2, loud: false, 'budget-s': 60 } });
  t.match(report.machine, { chip: /\S/, cores: Number, kernel: /\d/ });
  t.match(report.versions, { punktfunk: /\d/, node: /^v\d/ });
  t.match(report.cases, [{ name: 'one', series: [{ name: 'latency', summary: { count: 8, p50: 2, max: 4 } }] }]);
  t.notOk('partial' in report);
});

t.test('how it ends is told by its exit code, a sentence, and the report', async (t) => {
  const ends: [words: string[], code: number, result: string, text: RegExp, partial: RegExp | undefined][] = [
    [[...numbers], exits.passed, 'passed', /Measured/, undefined],
    [[...numbers, '--max-p95-ms', '5'], exits.passed, 'passed', /Within every limit/, undefined],
    [
      [...numbers, '--max-p95-ms', '3.5'],
      exits.failed,
      'failed',
      /here to there: 4 ms.*--max-p95-ms is 3.5/,
      undefined,
    ],
    [[...numbers, '--min-fps', '1'], exits.not_measured, 'not_measured', /frames \(--min-fps\)/, undefined],
    [['--max-p95-ms', '5'], exits.not_measured, 'not_measured', /here to there/, undefined],
    [[...numbers, '--end', 'missing'], exits.not_measured, 'not_measured', /no compositor/, /no compositor/],
    [[...numbers, '--end', 'fails'], exits.failed, 'failed', /stopped in the middle/, undefined],
    [[...numbers, '--end', 'waits', '--budget-s', '1'], exits.cut_short, 'cut_short', /time budget of 1 s/, /budget/],
    [
      [...numbers, '--end', 'waits', '--budget-s', '1', '--max-p95-ms', '1'],
      exits.failed,
      'failed',
      /here to there: 4 ms/,
      /budget/,
    ],
  ];
  for (const [words, code, result, text, partial] of ends) {
    const ended = await measure(...words, '--json');
    const report = parseReport(ended.out, 'it');
    t.equal(ended.code, code, words.join(' '));
    t.equal(report.verdict.result, result, words.join(' '));
    t.match(report.verdict.text, text);
    t.match(ended.err, text);
    if (partial) t.match(report.partial, partial);
    else t.equal(report.partial, undefined);
  }
});

t.test('a signal cuts it short, and what there is is reported', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = startChild([...program, ...numbers, '--end', 'waits', '--json']);
    const [out, exit] = [text(child.stdout), once(child, 'exit')];
    await once(child.stderr, 'data'); // its progress
    child.kill(signal);
    t.same((await exit)[0], exits.cut_short);
    const report = parseReport(await out, 'it');
    t.equal(report.partial, `Cut short by ${signal}.`);
    t.equal(report.cases[0]?.series[0]?.summary.count, 4);
  }
});

t.test('words that are not understood end in a sentence, before anything is begun', async (t) => {
  const out = join(folder(t), 'report.json');
  const wrong: [words: string[], sentence: RegExp][] = [
    [['--rounds', '11'], /--rounds wants a whole number from 1 to 10, not "11"/],
    [['--rounds', '1.5'], /--rounds wants a whole number/],
    [['--seed', 'x'], /--seed wants a whole number/],
    [['--max-p95-ms', '-1'], /max-p95-ms/],
    [['--max-p95-ms='], /--max-p95-ms wants a number/],
    [['--end', 'never'], /--end is one of well, missing/],
    [['--nothing'], /--nothing/],
    [['--out='], /--out wants FILE/],
    [['--max-loss', '1'], /--max-loss/], // of another command
    [['one'], /only numbers are measured/],
  ];
  for (const [words, sentence] of wrong) {
    const { code, err, out: printed } = await measure('--out', out, ...words);
    t.equal(code, exits.usage, words.join(' '));
    t.match(err, sentence);
    t.match(err, /stand-in --help tells more\.\n$/);
    t.equal(printed, '');
  }
  t.notOk(existsSync(out));
});

t.test('a file that cannot be written is told before the work, and keeps what it had', async (t) => {
  const { code, err } = await measure('--out', '/nonexistent/report.json', '--end', 'waits');
  t.equal(code, exits.unwritten);
  t.match(err, /^\/nonexistent\/report\.json cannot be written: .*\.\n$/);
  const out = join(folder(t), 'report.json');
  writeFileSync(out, 'of an earlier run');
  t.not((await measure('--out', out, '--end', 'hangs')).code, exits.passed);
  t.equal(readFileSync(out, 'utf8'), 'of an earlier run');
  const none = join(folder(t), 'none.json');
  t.not((await measure('--out', none, '--end', 'hangs')).code, exits.passed);
  t.notOk(existsSync(none), 'no empty file is left');
});

t.test('help has each option once, within 80 columns', async (t) => {
  const { code, out } = await measure('--help');
  t.equal(code, exits.passed);
  t.same([...out.matchAll(/^ {2}--([a-z0-9-]+)/gm)].map((match) => match[1]).toSorted(), [
    'budget-s',
    'end',
    'json',
    'loud',
    'max-p95-ms',
    'min-fps',
    'out',
    'rounds',
    'seed',
  ]);
  const lines = out.split('\n').filter((line) => !line.includes('punktfunk-harness stand-in '));
  t.same(
    lines.filter((line) => line.length > 80),
    [],
  );
});

t.test('what is no report is refused in a sentence', async (t) => {
  const { out } = await measure(...numbers, '--json');
  const report = parseReport(out, 'it') as unknown as Record<string, unknown>;
  const wrong: [text: string, sentence: RegExp][] = [
    ['', /^x\.json is no report of the kit: it is no JSON/],
    ['[]', /^x\.json is no report of the kit\./],
    ['null', /^x\.json is no report of the kit\./],
    ['{"version":2}', /^x\.json is a report of version 2, and this kit reads version 1/],
    [JSON.stringify({ ...report, seed: -1 }), /^x\.json is a damaged report: \/seed/],
    [JSON.stringify({ ...report, more: 1 }), /^x\.json is a damaged report/],
    [JSON.stringify({ ...report, cases: undefined }), /^x\.json is a damaged report/],
  ];
  for (const [text, sentence] of wrong) t.throws(() => parseReport(text, 'x.json'), { message: sentence });
  t.throws(() => readReport('/nonexistent/x.json'), { message: /^\/nonexistent\/x\.json cannot be read: / });
  t.throws(() => readReport('/'), { message: /^\/ cannot be read: / });
  t.throws(() => readReport('/dev/zero'), { message: /^\/dev\/zero cannot be read: it has more than 268435456 bytes/ });
});
