import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { MachineRun } from '../../harness/kit/machine-run.ts';
import { folder } from '../../src/test-folder.ts';
import { baselineOf, unfitFor } from './baseline.ts';
import { judge } from './judge.ts';
import { figure, machineRun, rounds } from './test-machine-run.ts';

const threshold = 0.05;
const run = (number: number, encode_ms: number, changes: Parameters<typeof machineRun>[1] = {}) =>
  machineRun(number, { figures: [figure('encode', rounds(encode_ms, number))], ...changes });

t.test('what is worse fails with its share, what is better or the same passes', async (t) => {
  const before = run(1, 10);
  const worse = judge(run(2, 11.5), before, threshold);
  t.equal(worse.verdict.result, 'failed');
  t.match(worse.verdict.text, /latency, 720p60: encode is 1[3-7]\.\d % more \(within \+\d+\.\d and \+\d+\.\d %\)/);
  t.equal(judge(run(3, 11.5), before, 0.3).verdict.result, 'passed', 'below the threshold');
  const same = judge(run(4, 10), before, threshold);
  t.equal(same.verdict.result, 'passed');
  t.match(same.verdict.text, /1 figures compared/);
  t.equal(judge(run(5, 8), before, threshold).verdict.result, 'passed');
  const more = (value: number, seed: number) =>
    machineRun(seed, { figures: [figure('SSIM', rounds(value, seed), { better: 'more', unit: '' })] });
  t.equal(judge(more(0.8, 6), more(0.95, 7), threshold).verdict.result, 'failed', 'less of what is good is worse');
});

t.test('a tenth more is found 20 times of 20, and nothing where nothing is', async (t) => {
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
  const results = (share: number) =>
    seeds.map((seed) => {
      const made = (middle: number, salt: number) =>
        machineRun(salt, { figures: [figure('encode', rounds(middle, seed * 100 + salt, 0.03))] });
      return judge(made(10 * share, 2), made(10, 1), threshold).verdict.result;
    });
  t.same(new Set(results(1.1)), new Set(['failed']));
  t.same(new Set(results(1)), new Set(['passed']));
});

t.test(
  'what varies too much to be told the same is named by its worst, and is no pass where nothing else is left',
  async (t) => {
    const made = (number: number, scatters: readonly number[]) =>
      machineRun(number, {
        figures: scatters.map((scatter, i) => figure(`f${i}`, rounds(10, number * 10 + i, scatter))),
      });
    const vague = [0.2, 0.3, 0.4, 0.5];
    const none = judge(made(1, vague), made(2, vague), threshold).verdict;
    t.equal(none.result, 'not_measured');
    t.match(
      none.text,
      /^Nobody can tell: of 4 of 4 figures whether they are worse; .*vary most: latency, 720p60: f[123] is /,
    );
    t.equal(none.text.match(/ is \d/g)?.length, 3);
    const some = judge(made(1, [0.005, ...vague]), made(2, [0.005, ...vague]), threshold);
    t.equal(some.verdict.result, 'passed');
    t.match(some.verdict.text, /1 figures compared/);
    t.match(some.notes.join(' '), /^Nobody can tell of 4 of 5 figures whether they are worse/);
  },
);

t.test('what was not compared has not passed', async (t) => {
  const cases: [name: string, now: MachineRun, before: MachineRun | undefined, result: string, text: RegExp][] = [
    [
      'no baseline',
      run(1, 10),
      undefined,
      'not_measured',
      /^bench has no baseline, .* npm run hardware -- accept FILE/,
    ],
    ['nothing measured', machineRun(1), run(2, 10), 'failed', /encode is in the baseline, and could not be measured/],
    ['nothing at all', machineRun(1), machineRun(2), 'not_measured', /^Nothing could be measured on bench/],
    [
      'too few rounds',
      machineRun(1, { figures: [figure('encode', [1, 2, 3])] }),
      run(2, 10),
      'not_measured',
      /at least 4 rounds/,
    ],
    [
      'cut short',
      run(1, 10, { partial: 'cut short by a signal after 4 of 8 rounds.' }),
      run(2, 10),
      'cut_short',
      /^Cut short by a signal/,
    ],
    [
      'a part failed',
      run(1, 10, {
        parts: [
          {
            name: 'latency',
            words: ['latency', '--seconds', '25'],
            result: 'failed',
            text: 'Failed: it broke.',
            notes: [],
          },
        ],
      }),
      undefined,
      'failed',
      /^Failed: latency: it broke\.$/,
    ],
    [
      'measured otherwise',
      run(1, 20, {
        parts: [{ name: 'latency', words: ['latency', '--seconds', '5'], result: 'passed', text: '', notes: [] }],
      }),
      run(2, 10),
      'not_measured',
      /no figure of at least 4 rounds in common/,
    ],
  ];
  for (const [name, now, before, result, text] of cases) {
    const { verdict } = judge(now, before, threshold);
    t.equal(verdict.result, result, name);
    t.match(verdict.text, text, name);
  }
  t.equal(judge(run(1, 10), run(2, 10), threshold).verdict.result, 'passed');
  t.equal(
    judge(machineRun(1, { parts: [] }), run(2, 10), threshold).verdict.result,
    'not_measured',
    'a part that nobody asked for is not gone',
  );
});

t.test('what else changed is told', async (t) => {
  const { notes } = judge(
    run(1, 10, { versions: { punktfunk: '1', sway: '1.11' }, machine: { kernel: '6.13', graphics: [] } }),
    run(2, 10),
    threshold,
  );
  t.same(notes, [
    'It was measured with another kernel: 6.13, before 6.12.',
    'It was measured with another graphics driver: none, before amdgpu.',
    'It was measured with another sway: 1.11, before 1.10.',
  ]);
});

t.test('a baseline that is none is told in a sentence', async (t) => {
  const path = join(folder(t), 'bench.json');
  t.equal(baselineOf('bench', path), undefined, 'none is there');
  const whole = run(1, 10);
  writeFileSync(path, JSON.stringify(whole));
  t.same(baselineOf('bench', path), whole);
  const cases: [text: string, sentence: RegExp][] = [
    [
      '{"document":"machine run","vers',
      /is no machine run of the kit: it is no JSON\. They are made with: npm run hardware\./,
    ],
    [
      JSON.stringify({ ...whole, figures: [{ ...whole.figures[0], rounds: ['fast'] }] }),
      /is a damaged machine run: \/figures\/0\/rounds\/0 /,
    ],
    [
      JSON.stringify({ ...whole, version: 2 }),
      /is a machine run of version 2, and this kit reads version 1\. Measure anew/,
    ],
    [JSON.stringify({ version: 1, command: 'latency' }), /is no machine run of the kit\. They are made/],
    [
      JSON.stringify({ ...whole, machine: { ...whole.machine, name: 'sofa' } }),
      /is of another machine, sofa, and this one is bench/,
    ],
  ];
  for (const [text, sentence] of cases) {
    writeFileSync(path, text);
    t.throws(() => baselineOf('bench', path), { message: sentence });
  }
});

t.test('not every run is a baseline', async (t) => {
  t.same(unfitFor(run(1, 10)), []);
  t.match(unfitFor(run(1, 10, { commit: { changed: true } })), [/changes that are in no commit/]);
  t.match(unfitFor(machineRun(1, { rounds: 2, partial: 'cut short by a signal.' })), [
    /not whole: cut short/,
    /It has 2 rounds, and fewer than 4 say nothing/,
    /Nothing was measured/,
  ]);
});
