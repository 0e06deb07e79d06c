import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { native_dir } from '../../src/installation.ts';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { exits } from '../exits.ts';
import { type Case, parseReport } from '../kit/report.ts';
import { whyNone } from './desktop.ts';
import { type CapturedFrame, countFrames, isEnd, type MeterLine } from './frames.ts';

const main = join(import.meta.dirname, '../main.ts');
const capture = (words: readonly string[], environment = process.env) =>
  runChild([process.execPath, main, 'capture', ...words], { environment });

const frame = (number?: number, wrong_rows?: number): CapturedFrame => ({
  ...{ taken_ns: 2e6, presented_ns: 1e6, width: 1280, height: 720, cpu_us: 10 },
  ...(number === undefined ? {} : { number, painted_ns: 1e6 }),
  ...(wrong_rows === undefined ? {} : { wrong_rows }),
});
const count = (one: Case | undefined, name: string) => one?.counts.find((counted) => counted.name === name)?.value;

t.test('frames are counted by what is painted into them', async (t) => {
  t.same(countFrames([3, 4, 4, 7, 6].map((number) => frame(number, 0)).concat(frame(), frame(8, 5), frame(9))), {
    ...{ painted: 7, skipped: 1, repeated: 1, backward: 1, unreadable: 1, torn: 1, compared: 6 },
  });
  t.match(countFrames([frame()]), { painted: 0, skipped: 0, unreadable: 1, compared: 0 });
});

t.test('a picture that is not the one of its number is seen', async (t) => {
  const meter = resolve(native_dir, '../bin/punktfunk-capture-meter');
  const words = ['--source', 'synthetic', '--size', '640x480', '--seconds', '1', '--motion', 'full'];
  const { out, code } = await runChild([meter, ...words]);
  t.equal(code, 0);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MeterLine);
  const frames = lines.flatMap((line) => (isEnd(line) ? [] : [line]));
  t.ok(frames.length > 1 && lines.length === frames.length + 1);
  t.match(countFrames(frames), { unreadable: 0, torn: frames.length, compared: frames.length });
});

const skip = whyNone(true) ?? false;

t.test('in a Sway of our own, by each backend', { skip }, async (t) => {
  const { WAYLAND_DISPLAY: _, ...environment } = process.env;
  const { code, out, err } = await capture(['--seconds', '1', '--json', '--max-p95-ms', '100000'], environment);
  t.equal(code, exits.passed, err);
  const { cases, notes, versions, verdict } = parseReport(out, 'it');
  t.match(versions.sway, /^\d/);
  t.match(notes.join(' '), /In a headless Sway of our own/);
  t.match(verdict.limits, [
    { of: 'wlroots: moving: painted to captured, p95' },
    { of: 'portal: moving: painted to captured, p95' },
  ]);
  for (const backend of ['wlroots', 'portal']) {
    const of = (what: string) => cases.find(({ name }) => name === `${backend}: ${what}`);
    const moving = of('moving');
    const captured = count(moving, 'captured') ?? 0;
    t.ok(captured > 1, `${backend}: ${captured} captured`);
    t.equal(count(moving, 'not whole, of those compared'), 0);
    for (const fault of ['out of order', 'without a number']) t.equal(count(moving, fault), 0, `${backend}: ${fault}`);
    t.ok((count(moving, 'painted') ?? 0) >= captured - (count(moving, 'captured again') ?? 0));
    t.ok(
      moving?.series.every(({ values }) => values.every((ms) => ms >= 0)),
      'nothing is captured before it is painted',
    );
    t.equal(count(of('resized'), 'sizes that came'), 4);
    t.ok((count(of('nothing moves'), 'pictures after the first second') ?? 99) < 10, `${backend}: stands`);
    t.equal(of('compositor killed')?.series[0]?.values.length, 1);
  }
});

/** A copy whose meter tells what a test wants, in a session that is not there. */
function copy(t: Parameters<typeof folder>[0], lines: readonly object[]): NodeJS.ProcessEnv {
  const root = folder(t);
  for (const part of ['lib', 'bin']) mkdirSync(join(root, part));
  const program = (name: string, text: string) => {
    writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(root, 'bin', name), 0o755);
  };
  program('punktfunk-beacon', 'echo "{}"; exec sleep 600');
  program('punktfunk-capture-meter', lines.map((line) => `echo '${JSON.stringify(line)}'`).join('\n'));
  return { ...process.env, WAYLAND_DISPLAY: 'nobody', PUNKTFUNK_NATIVE_DIR: join(root, 'lib') };
}
const here = ['--backend', 'wlroots', '--json'];
const end = { ended_ns: 3e6, process_cpu_us: 100, dropped: 0 };

t.test('a picture that is not whole fails the run; what lies over every picture is told', async (t) => {
  const torn = await capture(here, copy(t, [frame(1, 0), frame(2, 16), frame(3, 0), end]));
  t.equal(torn.code, exits.failed);
  t.match(torn.err, /wlroots: moving: 1 of 3 pictures are not whole/);
  const backward = await capture(here, copy(t, [frame(2, 0), frame(1, 0), end]));
  t.match(backward.err, /1 pictures came out of order/);
  const covered = await capture(here, copy(t, [frame(1, 40), frame(2, 40), end]));
  t.equal(covered.code, exits.passed);
  t.match(parseReport(covered.out, 'it').notes.join(' '), /Something lies over it, or scales it/);
  const ended = await capture(here, copy(t, [frame(1, 0), { ...end, failure: 'output_removed(X)' }]));
  t.equal(ended.code, exits.failed);
  t.match(ended.err, /the source ended: output_removed\(X\)/);
});

t.test('limits are held against what came', async (t) => {
  const frames = [1, 2, 5].map((number, i) => ({ ...frame(number, 0), taken_ns: 1e6 + 20e6 * (i + 1) }));
  const environment = copy(t, [...frames, end]);
  const { err } = await capture([...here, '--max-loss', '39', '--min-fps', '51', '--max-p95-ms', '59'], environment);
  t.match(err, /never captured: 40 %, and --max-loss is 39; .*captured: 50 frames\/s.*captured, p95: 60 ms/);
});

t.test('what cannot be measured is told in a sentence', async (t) => {
  const { WAYLAND_DISPLAY: _, ...nowhere } = process.env;
  const dark = copy(t, [frame(), frame(), end]);
  const cases: [words: string[], environment: NodeJS.ProcessEnv, code: number, sentence: RegExp][] = [
    [['--desktop', 'here'], nowhere, exits.not_measured, /No session is here: WAYLAND_DISPLAY is not set/],
    [['--desktop', 'own'], { ...nowhere, PATH: '/nonexistent' }, exits.not_measured, /sway is missing: install it/],
    [here, dark, exits.not_measured, /no picture of the beacon came/],
    [['--backend', 'kms'], nowhere, exits.usage, /--backend wants some of wlroots, portal, .* not "kms"/],
    [['--motion', 'none'], nowhere, exits.usage, /--motion is one of/],
    [['--desktop', 'mine'], nowhere, exits.usage, /--desktop is one of/],
  ];
  for (const [words, environment, code, sentence] of cases) {
    const ended = await capture(words, environment);
    t.equal(ended.code, code, words.join(' '));
    t.match(ended.err, sentence);
  }
});
