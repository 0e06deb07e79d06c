// The kit compares what is known: a build with itself, and with one whose encoder takes a tenth more CPU time. Each try is a `compare` as
// people run it, of what an encoder costs: CPU time, of which a busy machine adds less than it does to the time on the clock.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { package_root, shellWord } from '../../src/installation.ts';
import { NoReportError } from '../kit/document.ts';
import { parseReport, type Report } from '../kit/report.ts';
import { NotMeasured } from '../kit/run.ts';
import type { CheckRun } from './options.ts';
import { makeBuild, missingFor, type Slowness } from './slow-build.ts';

const kit = resolve(package_root, 'harness/main.ts');
/** One thread: the CPU time of several that wait for each other on a busy machine says little. */
const encode = 'encode --size 640x360 --fps 60 --bitrate-kbps 3000 --content game --slices 1 --seconds 4 --json';
const most_rounds = 24;

type Comparison = Report['comparisons'][number];
interface Kind {
  readonly slowness: Slowness;
  readonly name: string;
  /** What compare has to say of it. */
  readonly expected: Comparison['judged'];
}
const kinds: readonly Kind[] = [
  { slowness: 'unchanged', name: 'the same build', expected: 'same' },
  { slowness: 'tenth-slower', name: 'a tenth slower', expected: 'worse' },
];

const words: Readonly<Record<Comparison['judged'], string>> = {
  same: 'no regression',
  worse: 'a regression',
  better: 'an improvement',
  unsure: 'nobody can tell',
};

export async function tryComparisons(run: CheckRun): Promise<void> {
  const { comparisons } = run.values;
  if (comparisons === 0) return;
  const missing = missingFor('tenth-slower');
  if (missing !== undefined) {
    run.note(`compare was not tried: ${missing} is not built; the set-up for development (npm run setup dev) has it.`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'punktfunk-self-check-'));
  try {
    const builds = new Map(
      kinds.map(({ slowness }) => {
        mkdirSync(join(folder, slowness));
        return [slowness, makeBuild(join(folder, slowness), slowness)];
      }),
    );
    const found = new Map<Kind, Comparison[]>(kinds.map((kind) => [kind, []]));
    for (let i = 0; i < comparisons; i++)
      for (const kind of kinds) {
        if (run.signal.aborted) break;
        run.progress(`compare, ${i + 1} of ${comparisons}: ${kind.name}`);
        const sides = [builds.get('unchanged'), builds.get(kind.slowness)].map(
          (native_dir = '') =>
            `PUNKTFUNK_NATIVE_DIR=${shellWord(native_dir)} ${shellWord(process.execPath)} ${shellWord(kit)} ${encode}`,
        );
        const one = await compared(run, sides, run.seed + i);
        if (one) found.get(kind)?.push(one);
      }
    for (const [kind, all] of found) tell(run, kind, all);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined: it was told to end. */
async function compared(run: CheckRun, sides: readonly string[], seed: number): Promise<Comparison | undefined> {
  const argv = [
    kit,
    'compare',
    ...sides,
    '--series',
    'CPU',
    '--rounds',
    `${most_rounds}`,
    '--seed',
    `${seed}`,
    '--json',
  ];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill('SIGTERM');
  run.signal.addEventListener('abort', end, { once: true });
  const [, out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  run.signal.removeEventListener('abort', end);
  if (run.signal.aborted) return undefined;
  try {
    const [one] = parseReport(out, 'What compare printed').comparisons;
    if (one) return one;
  } catch (error) {
    if (!(error instanceof NoReportError)) throw error;
  }
  throw new NotMeasured(`compare could not be tried: ${err.trim().split('\n').at(-1) || 'it said nothing.'}`);
}

function tell(run: CheckRun, { name, expected }: Kind, all: readonly Comparison[]): void {
  if (all.length === 0) return;
  const into = run.newCase(`compare: ${name}`);
  into.addSeries({
    name: 'difference that was found',
    unit: '%',
    from: 'A',
    to: 'B',
    values: all.map(({ relative }) => 100 * relative),
  });
  into.addSeries({ name: 'rounds', unit: '', from: '', to: '', values: all.map(({ rounds }) => rounds) });
  for (const judged of Object.keys(words) as Comparison['judged'][]) {
    const count = all.filter((one) => one.judged === judged).length;
    if (judged === expected || count > 0) into.addCount(`told as ${words[judged]}, of ${all.length}`, count);
    if (count === 0 || judged === expected) continue;
    const sentence = `compare told ${words[judged]} of ${name} in ${count} of ${all.length} tries`;
    if (judged === 'unsure') run.doubt(sentence);
    else run.fail(sentence);
  }
}
