import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { exits } from '../exits.ts';
import { parseReport, type Report, type Series } from '../kit/report.ts';
import { CaseRecord } from '../kit/run.ts';
import { random } from '../kit/statistics.ts';
import { markdown } from './markdown.ts';
import { page } from './page.ts';
import { next_one } from './plots.ts';
import { bottleneckOf, chainOf } from './stages.ts';

const kit = (...words: string[]) =>
  runChild([process.execPath, join(import.meta.dirname, '../main.ts'), 'report', ...words]);

/** A latency measurement, as one looks: `encode_ms` is its longest stage, or not. */
function made(encode_ms: number, changes: Partial<Report> = {}): Report {
  const next = random(encode_ms);
  const values = (middle: number) => Array.from({ length: 400 }, () => middle * (0.8 + 0.6 * next() ** 3));
  const one = new CaseRecord('720p60', 1);
  const ways: [string, string, string, number][] = [
    ['compose', 'painted', 'composed', 4],
    ['capture', 'composed', 'captured', 1],
    ['encode', 'captured', 'encoded', encode_ms],
    ['send', 'encoded', 'received', 0.3],
    ['painted to received', 'painted', 'received', 6 + encode_ms],
    ['frame gaps', 'one whole frame', next_one, 16.7],
  ];
  for (const [name, from, to, middle] of ways) one.addSeries({ name, unit: 'ms', from, to, values: values(middle) });
  one.addCurve({
    name: 'frames lost over <loss>',
    x: { name: 'lost', unit: '%' },
    y: { name: 'frames', unit: '%' },
    points: [
      [0, 0],
      [1, 0.1],
      [5, 4],
    ],
  });
  one.addCount('frames lost', 3);
  const report: Report = {
    version: 1,
    command: 'latency',
    options: {},
    seed: 1,
    started: '2026-01-01T00:00:00.000Z',
    ended: '2026-01-01T00:00:10.000Z',
    machine: { chip: 'a chip', cores: 2, memory_mb: 1, kernel: '6', distribution: 'Debian', load: 0 },
    versions: { punktfunk: '1' },
    clock: { name: 'CLOCK_MONOTONIC', error_ms: 0.2, how: 'by exchange' },
    cases: [{ name: one.name, series: one.series, curves: one.curves, counts: one.counts }],
    comparisons: [],
    notes: [],
    verdict: { result: 'passed', text: 'Within every limit.', limits: [] },
    ...changes,
  };
  return parseReport(JSON.stringify(report), 'made');
}

t.test('stages are those that lead on from each other, and the longest is named', async (t) => {
  const { series = [] } = made(9).cases[0] ?? {};
  t.same(
    chainOf(series).map(({ name }) => name),
    ['compose', 'capture', 'encode', 'send'],
  );
  t.equal(bottleneckOf(series)?.name, 'encode');
  t.equal(bottleneckOf(made(2).cases[0]?.series ?? [])?.name, 'compose');
  t.same(chainOf(series.filter(({ name }) => name !== 'capture')), [], 'what does not reach is no way');
  const round: Series[] = series.map((one) => ({ ...one, from: 'here', to: 'here' }));
  t.ok(chainOf(round).length <= round.length, 'a circle ends');
});

t.test('the page is whole, needs nothing else and escapes what it is given', async (t) => {
  const text = page(
    [{ name: '<b>.json', report: made(9, { notes: ['a < b'], partial: 'Cut short by SIGTERM.' }) }],
    undefined,
  );
  t.match(text, /^<!doctype html>/);
  t.notMatch(text, /<script|https?:\/\/|src=|@import|url\(/);
  t.notMatch(text, /NaN|undefined|Infinity/);
  t.match(text, /&lt;b&gt;\.json/);
  t.match(text, /a &lt; b/);
  t.match(text, /frames lost over &lt;loss&gt;/);
  t.match(text, /This report is partial: Cut short by SIGTERM\./);
  t.match(text, /encode takes longest/);
  t.match(text, /±0\.200 ms/);
  t.match(text, /class="strip"/);
  for (const tag of ['svg', 'figure', 'section', 'table', 'ul'])
    t.equal(text.split(`<${tag}`).length, text.split(`</${tag}>`).length, tag);
});

/** Every text of a document, but its words for machines, as somebody who means ill would have it. */
function spoilt(value: unknown): unknown {
  if (typeof value === 'string')
    return /^(passed|failed|less|more|same|worse|better)$/.test(value) ? value : `${value}<x y="'&">`;
  if (Array.isArray(value)) return value.map(spoilt);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, spoilt(one)]));
}

t.test('no text of a report is markup, wherever it is', async (t) => {
  const count = { name: 'frames', value: 3, unit: 'of 4' };
  const [one] = made(9).cases as [Report['cases'][number]];
  const comparison = { case: '720p60', series: 'encode', unit: 'ms', a: 1, b: 2, relative: 1, between: [0.5, 1.5] };
  const report = made(9, {
    ...{ notes: ['a note'], partial: 'cut', cases: [{ ...one, counts: [count] }] },
    comparisons: [{ ...comparison, rounds: 8, judged: 'worse' } as Report['comparisons'][number]],
  });
  const other = parseReport(JSON.stringify(spoilt(report)), 'spoilt');
  const many = { ...other, cases: Array.from({ length: 5 }, () => other.cases[0] as Report['cases'][number]) };
  for (const each of [other, many]) {
    const sources = [each, each].map((report) => ({ name: 'a<x y=', report }));
    for (const baseline of [undefined, each]) {
      const text = page(sources, baseline);
      t.notMatch(text, /<x/);
      t.notMatch(text, /&">/);
      t.match(text, /&lt;x/);
    }
  }
});

t.test('many cases are a table, and each can be opened', async (t) => {
  const [one] = made(9).cases;
  const cases = Array.from({ length: 5 }, (_, i) => ({ ...(one as Report['cases'][number]), name: `case <${i}>` }));
  const text = page([{ name: 'x', report: made(9, { cases }) }], undefined);
  t.equal(text.split('<details>').length, 6);
  t.equal(text.split('</details>').length, 6);
  t.match(text, /<tr><td>case &lt;4&gt;<\/td><td>compose: [\d.]+ ms<\/td><td>[\d.]+<\/td><td>3<\/td><\/tr>/);
});

t.test('a run beside its baseline says what has become worse', async (t) => {
  const text = page([{ name: 'now', report: made(12) }], made(9));
  t.match(text, /A is the baseline/);
  t.match(text, /<g class="worse"><text[^>]*>720p60: encode</);
  t.match(text, /<g class="same"><text[^>]*>720p60: capture</);
  t.notMatch(page([{ name: 'now', report: made(12) }], made(9, { command: 'another' })), /baseline/);
});

t.test('Markdown keeps to its tables', async (t) => {
  const text = markdown([{ name: 'x', report: made(9, { notes: ['one | two'] }) }]);
  t.match(text, /^### ✅ x\n/);
  for (const block of text
    .trimEnd()
    .split('\n\n')
    .filter((part) => part.startsWith('|'))) {
    const columns = block.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
    t.equal(new Set(columns).size, 1);
  }
});

t.test('the command makes what it is asked for', async (t) => {
  const dir = folder(t);
  const [file, html, md] = ['r.json', 'r.html', 'r.md'].map((name) => join(dir, name)) as [string, string, string];
  writeFileSync(file, JSON.stringify(made(9)));
  t.equal((await kit(file, '--page', html, '--markdown', md)).code, exits.passed);
  t.match(readFileSync(html, 'utf8'), /What was measured/);
  t.match(readFileSync(md, 'utf8'), /### ✅ r\n/);
  writeFileSync(file, '{"version":1}');
  const other = join(dir, 'other.html');
  const damaged = await kit(file, '--page', other);
  t.equal(damaged.code, exits.not_measured);
  t.match(damaged.err, /r\.json is a damaged report: .*\.\n$/);
  t.equal((await kit()).code, exits.usage);
  const earlier = join(dir, 'earlier.json');
  writeFileSync(earlier, JSON.stringify(made(9, { command: 'encode' })));
  writeFileSync(file, JSON.stringify(made(9)));
  const apart = await kit(file, '--page', other, '--baseline', earlier);
  t.equal(apart.code, exits.usage);
  t.match(apart.err, /earlier\.json is of "encode", and none of the reports is\. /);
  t.equal((await kit(file, '--page', '/nonexistent/x.html')).code, exits.unwritten);
  for (const words of [
    ['--page', file],
    ['--page', other, '--markdown', file],
    ['--page', earlier, '--baseline', earlier],
  ])
    t.equal((await kit(file, ...words)).code, exits.usage, words.join(' '));
  t.match(JSON.parse(readFileSync(file, 'utf8')), { command: 'latency' }, 'no report is written over');
  t.ok(existsSync(html));
});
