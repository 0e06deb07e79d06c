import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exits } from '../../harness/exits.ts';
import { parseMachineRun } from '../../harness/kit/machine-run.ts';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { figure, machineRun, rounds } from './test-machine-run.ts';
import { readTrends } from './trends.ts';
import { trendsPage } from './trends-page.ts';

const program = (words: string[], environment: NodeJS.ProcessEnv = {}) =>
  runChild([process.execPath, join(import.meta.dirname, 'main.ts'), ...words], {
    environment: { ...process.env, ...environment },
  });
const run = (number: number, encode_ms: number, changes: Parameters<typeof machineRun>[1] = {}) =>
  machineRun(number, {
    figures: [figure('encode', rounds(encode_ms, number)), figure('<lost>', [number], { better: undefined } as object)],
    ...changes,
  });

function kept(t: Parameters<typeof folder>[0], files: Record<string, unknown>): string {
  const dir = folder(t);
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(dir, name), typeof value === 'string' ? value : JSON.stringify(value));
  return dir;
}

t.test('runs are in the order of their commits, each held against the one before', async (t) => {
  const dir = kept(t, {
    'a.json': run(3, 12),
    'b.json': run(1, 10),
    'c.json': run(2, 10),
    'd.json': run(1, 5, { machine: { name: 'sofa' } }),
  });
  mkdirSync(join(dir, 'reports'));
  writeFileSync(join(dir, 'notes.txt'), 'x');
  const { machines, left_out } = readTrends(dir);
  t.same(left_out, []);
  t.same(
    machines.map(({ name, steps }) => [name, steps.map(({ run }) => run.commit.id.slice(-1))]),
    [
      ['bench', ['1', '2', '3']],
      ['sofa', ['1']],
    ],
  );
  t.same(
    machines[0]?.steps.map(({ comparisons }) => comparisons.map(({ judged }) => judged)),
    [[], ['same'], ['worse']],
  );
});

t.test('what is left out is told, a sentence each', async (t) => {
  const first = run(1, 10);
  const dir = kept(t, {
    'a.json': first,
    'again.json': { ...first, started: '2026-03-09T00:00:00.000Z' },
    'broken.json': '{',
    'changed.json': run(2, 10, { commit: { changed: true } }),
    'empty.json': machineRun(3),
    'later.json': { ...first, version: 9 },
  });
  const { machines, left_out } = readTrends(dir);
  t.match(left_out, [
    /^a\.json and again\.json are of the same commit, a{12}, on bench: the later, again\.json, is drawn\.$/,
    /broken\.json is no machine run of the kit: it is no JSON.* It is left out\./,
    /changed\.json was measured with changes that are in no commit/,
    /empty\.json has no figures/,
    /later\.json is a machine run of version 9/,
  ]);
  t.equal(machines[0]?.steps[0].run.started, '2026-03-09T00:00:00.000Z');
  t.match(trendsPage({ machines, left_out }), /Not on this page: 5/);
});

t.test('a folder with nothing to draw makes no page', async (t) => {
  const cases: [dir: string, sentence: RegExp][] = [
    [folder(t), /has no run to draw\. npm run hardware makes them\./],
    [kept(t, { 'a.json': '[]' }), /has no run to draw.* a\.json is no machine run|a\.json is no machine run/],
    ['/nonexistent/folder', /\/nonexistent\/folder cannot be read/],
  ];
  for (const [dir, sentence] of cases) {
    const page = join(folder(t), 'page.html');
    const { code, err } = await program(['trends', dir, '--page', page]);
    t.equal(code, exits.not_measured);
    t.match(err, sentence);
    t.throws(() => readFileSync(page), 'no page');
  }
});

t.test('the page marks what became worse, needs nothing else and escapes what it is given', async (t) => {
  const runs = [run(1, 10), run(2, 10), run(3, 12, { machine: { kernel: '6.13', load: 7, chip: '<chip>' } })];
  const dir = kept(t, Object.fromEntries(runs.map((one, i) => [`${i}.json`, one])));
  const path = join(folder(t), 'page.html');
  t.equal((await program(['trends', dir, '--page', path])).code, exits.passed);
  const text = readFileSync(path, 'utf8');
  t.match(text, /^<!doctype html>/);
  t.notMatch(text, /<script|https?:\/\/|src=|@import|url\(/);
  t.notMatch(text, /NaN|undefined|Infinity/);
  t.match(text, /1 figure became worse with the last of 3 commits, aaaaaaaa/i);
  t.match(text, /Against the first commit, aaaaaaaa of 2026-03-02: 1 worse, 0 better, 0 the same\./);
  t.match(text, /worse<\/span> latency, 720p60: encode is \d/);
  t.match(text, /another kernel: 6\.13, before 6\.12/);
  t.match(text, /on a busy machine \(load 7\.0\)/);
  t.match(text, /&lt;chip&gt;/);
  t.match(text, /&lt;lost&gt;/);
  t.equal(text.match(/<g class="worse"><title>worse<\/title><path d=""\/><circle/g)?.length, 1, 'the one dot');
  for (const tag of ['svg', 'figure', 'section', 'details', 'ul', 'li', 'g', 'p'])
    t.equal(text.split(new RegExp(`<${tag}[ >]`)).length, text.split(`</${tag}>`).length, tag);
  const noisy = [1, 2, 3].map((number) => machineRun(number, { figures: [figure('encode', rounds(10, number, 0.3))] }));
  const vague = trendsPage(readTrends(kept(t, Object.fromEntries(noisy.map((one, i) => [`${i}.json`, one])))));
  t.match(vague, /0 worse, 0 better, 0 the same, 1 of which nobody can tell\./);
  t.equal(vague.match(/<circle/g)?.length, 3, 'each commit has its dot');
  t.match(trendsPage(readTrends(kept(t, { 'a.json': run(1, 10) }))), /there is nothing to hold against it yet/);
});

t.test('a machine without a session and without a baseline: what is missing is told, and it is no pass', async (t) => {
  const dir = folder(t);
  const words = ['--only', 'capture-here', '--rounds', '1', '--dir', dir, '--machine', 'nobody-s'];
  const { code, out, err } = await program(words, { WAYLAND_DISPLAY: undefined, DISPLAY: undefined });
  t.equal(code, exits.not_measured, err);
  t.match(out, /Not measured: a desktop that is there: neither WAYLAND_DISPLAY nor DISPLAY is set/);
  t.match(out, /Not measured: capture-here: No session is here/);
  t.match(out, /Nothing could be measured on nobody-s\.\n$/);
  const [, file = ''] = /The run is (\S+)\./.exec(err) ?? [];
  const measured = parseMachineRun(readFileSync(file, 'utf8'), file);
  t.match(measured.parts, [{ name: 'capture-here', result: 'not_measured' }]);
  t.match(file, /nobody-s-[0-9a-f]{12}(-changed)?\.json$/);
});

t.test('accepting makes a baseline, and refuses what is none', async (t) => {
  const dir = kept(t, {
    'good.json': run(1, 10),
    'changed.json': run(1, 10, { commit: { changed: true } }),
    'none.json': '{}',
    'elsewhere.json': { ...run(1, 10), machine: { ...run(1, 10).machine, name: '../../elsewhere' } },
  });
  const baseline = join(dir, 'baselines/bench.json');
  const accept = (name: string) => program(['accept', join(dir, name), '--baseline', baseline]);
  const cases: [name: string, sentence: RegExp][] = [
    ['changed.json', /changed\.json is no baseline\. It was measured with changes that are in no commit/],
    ['none.json', /is no machine run of the kit/],
    ['missing.json', /cannot be read/],
    ['elsewhere.json', /is a damaged machine run: \/machine\/name /],
  ];
  for (const [name, sentence] of cases) {
    const { code, err } = await accept(name);
    t.equal(code, exits.not_measured, name);
    t.match(err, sentence);
  }
  t.throws(() => readFileSync(baseline));
  const { code, out } = await accept('good.json');
  t.equal(code, exits.passed);
  t.match(out, /bench\.json is the baseline of bench from now on/);
  t.same(parseMachineRun(readFileSync(baseline, 'utf8'), 'it'), run(1, 10));
});

t.test('a baseline that was given and is none is told before anything is measured', async (t) => {
  const { code, err } = await program(['--baseline', join(folder(t), 'missing.json'), '--dir', '/nonexistent']);
  t.equal(code, exits.not_measured);
  t.match(err, /^\S+missing\.json cannot be read: /);
});

t.test('words that make no sense are told, within 80 columns', async (t) => {
  const wrong: [words: string[], sentence: RegExp][] = [
    [['--only', 'all'], /there is no part "all": latency-60/],
    [['--rounds', '0'], /--rounds wants a whole number from 1/],
    [['--machine', 'My PC'], /--machine wants small letters, digits and "-", not "My PC"/],
    [['accept'], /"accept" takes one file or folder/],
    [['draw', 'x'], /there is no command "draw"/],
  ];
  for (const [words, sentence] of wrong) {
    const { code, err } = await program(words);
    t.equal(code, exits.usage, words.join(' '));
    t.match(err, sentence);
  }
  const { out, code } = await program(['--help']);
  t.equal(code, exits.passed);
  t.same(
    out.split('\n').filter((line) => line.length > 80),
    [],
  );
});
