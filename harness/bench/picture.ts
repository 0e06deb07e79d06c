// What a client gets of what the desktop shows, over the whole way: host, embedded desktop, beacon, packets, client, decoder.
//
//   node harness/bench/picture.ts --help
//
// The client notes what comes and when; it is decoded and compared with what was painted when nothing runs any more that is measured.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { scheduler } from 'node:timers/promises';
import type { Figures } from '../../src/contract/statistics.ts';
import { package_root } from '../../src/installation.ts';
import { mean, median } from '../kit/statistics.ts';
import { grid } from '../kit/table.ts';
import { beacon, hostFiles, judge_program } from './built.ts';
import { busyMs } from './engine-run.ts';
import { figures, judge, type PictureFigures } from './judged.ts';
import { MeasuredHost, until } from './measured-host.ts';
import type { Options } from './options.ts';
import { cpuTimes, since } from './processes.ts';
import { type Benchmark, runBenchmark } from './program.ts';

const warm_up_ms = 2_000;

/** What the beacon shows, and how many pictures a second of it at most; without a limit as many as the compositor asks for. */
interface Content {
  motion: string;
  fps?: number;
  /** Stands now and then by itself: that nothing new comes is no fault. */
  pauses?: boolean;
}
const contents = {
  pan: { motion: 'full' },
  scroll: { motion: 'scroll' },
  video: { motion: 'video' },
  typing: { motion: 'typing', fps: 12, pauses: true },
  grain: { motion: 'grain' },
  game: { motion: 'game' },
  rests: { motion: 'rests', pauses: true },
} as const satisfies Record<string, Content>;

interface Case {
  name: string;
  content: keyof typeof contents;
  width: number;
  height: number;
  fps: number;
}

function cases(): Case[] {
  const of = (content: Case['content'], lines: 720 | 1080, fps = 60): Case => ({
    name: `${content} ${lines}p${fps}`,
    content,
    width: (lines * 16) / 9,
    height: lines,
    fps,
  });
  return [
    of('pan', 720),
    of('pan', 1080),
    ...(['scroll', 'video', 'typing', 'grain', 'game', 'rests'] as const).map((content) => of(content, 1080)),
    ...[30, 90, 120].map((fps) => of('pan', 720, fps)),
    of('pan', 1080, 30),
  ];
}

interface Run extends PictureFigures {
  /** Of the engine, for each picture that came. */
  cpu_ms_per_picture: number;
  /** Cores that each used. */
  cores: { engine: number; compositor: number; beacon: number; host: number };
  /** Cores that everything else used. */
  other_cores: number;
  /** The beacon's painting of a picture. */
  paint_ms: number;
  /** By stage, as the engine tells it: the median second's p50 and p95. */
  stages_ms: Record<string, { p50: number; p95: number }>;
  /** As the frames' headers say. */
  header_ms: { p50: number; p95: number };
}

const logOf = (content: string) => `${content}.ndjson`;

const apps = (folder: string) =>
  Object.entries<Content>(contents).map(([name, { motion, fps }]) => {
    const words = `--motion ${motion}${fps === undefined ? '' : ` --fps ${fps}`}`;
    return { title: name, command: ['sh', '-c', `exec "$0" ${words} >> "$1"`, beacon, join(folder, logOf(name))] };
  });

async function measure(host: MeasuredHost, c: Case, seconds: number): Promise<Run> {
  const record = join(host.folder, 'record');
  const { content, width, height, fps } = c;
  const size = { width, height, fps, slices: 2, bitrate_kbps: 20_000 };
  const stream = await host.probe.stream({ app: content, ...size, record });
  try {
    const painting = () =>
      host.lines(logOf(content)).some((line) => line.event === 'painted' && Number(line.frames) > 1);
    await until('the first picture', () => (stream.summary().video?.frames ?? 0) > 0 || undefined);
    await until('the beacon', () => painting() || undefined);
    await scheduler.wait(warm_up_ms);
    const before = { cpu: cpuTimes(host.pid), busy_ms: busyMs() };
    const from_ns = Number(process.hrtime.bigint());
    const told = new Map<string, Figures>(); // each second once, however often it is asked for
    for (let i = 0; i < seconds * 2; ++i) {
      await scheduler.wait(500);
      const stats = (await host.status()).sessions[0]?.stats;
      if (stats) told.set(JSON.stringify(stats), stats);
    }
    const to_ns = Number(process.hrtime.bigint());
    const cpu = since(before.cpu, cpuTimes(host.pid));
    const wall_ms = (to_ns - from_ns) / 1e6;
    const other_ms = busyMs() - before.busy_ms - cpu.host - cpu.engine - cpu.compositor - cpu.beacon;
    const header = stream.summary().video?.host_latency_ms ?? { p50: Number.NaN, p95: Number.NaN };
    await stream.stop();
    await host.probe.quit();
    const { motion, pauses }: Content = contents[content];
    const came = figures(await judge(record, motion), { from_ns, to_ns, fps, pauses: pauses === true });
    if (!came) throw new Error('no pictures came with the numbers that the beacon paints');
    const painted = host
      .lines(logOf(content))
      .filter(({ event, t_ns }) => event === 'painted' && Number(t_ns) > from_ns && Number(t_ns) < to_ns);
    return {
      ...came,
      cpu_ms_per_picture: cpu.engine / came.count,
      cores: {
        engine: cpu.engine / wall_ms,
        compositor: cpu.compositor / wall_ms,
        beacon: cpu.beacon / wall_ms,
        host: cpu.host / wall_ms,
      },
      other_cores: Math.max(0, other_ms / wall_ms),
      paint_ms: mean(painted.map(({ paint_ms_mean }) => Number(paint_ms_mean))),
      stages_ms: stagesOf([...told.values()]),
      header_ms: { p50: header.p50, p95: header.p95 },
    };
  } finally {
    await stream.stop();
    rmSync(record, { force: true });
  }
}

/** Whatever stages that version of an engine tells. */
function stagesOf(seconds: readonly Figures[]): Run['stages_ms'] {
  const names = Object.keys(seconds[0]?.latency ?? {}) as (keyof Figures['latency'])[];
  const of = (name: keyof Figures['latency'], share: 'p50_us' | 'p95_us') =>
    median(seconds.map(({ latency }) => latency[name][share])) / 1000;
  return Object.fromEntries(names.map((name) => [name, { p50: of(name, 'p50_us'), p95: of(name, 'p95_us') }]));
}

interface Row extends Run {
  case: string;
  /** A checkout: A is ours, B the other. */
  side: 'A' | 'B';
  asked_per_s: number;
}

/** Tables of at most 100 columns, and what their figures mean. */
function report(rows: readonly Row[]): string {
  const two_sides = rows.some(({ side }) => side === 'B');
  const table = (columns: readonly (readonly [string, (row: Row) => number, number])[]) =>
    grid([
      ['case', ...columns.map(([name]) => name)],
      ...rows.map((row) => [
        two_sides ? `${row.case} ${row.side}` : row.case,
        ...columns.map(([, of, digits]) => (Number.isNaN(of(row)) ? '-' : of(row).toFixed(digits))),
      ]),
    ]);
  const stages = Object.keys(rows[0]?.stages_ms ?? {});
  const stagesTable = (share: 'p50' | 'p95') =>
    table(stages.map((stage) => [stage, (row) => row.stages_ms[stage]?.[share] ?? Number.NaN, 2]));
  const parts = [
    table([
      ['asked/s', (r) => r.asked_per_s, 0],
      ['shown/s', (r) => r.shown_per_s, 1],
      ['got/s', (r) => r.received_per_s, 1],
      ['missed', (r) => r.missed, 0],
      ['repeated', (r) => r.repeated, 0],
      ['held', (r) => r.held, 0],
      ['mixed', (r) => r.mixed, 0],
      ['of', (r) => r.count, 0],
    ]),
    'shown: pictures that the compositor asked the beacon for; got: new ones at the client\nmissed: shown, never got; repeated: got again; held: nothing new for 1.5 intervals\nmixed: pictures with rows of an earlier one',
    table([
      ['painted to received p50', (r) => r.painted_to_received_ms.p50, 1],
      ['p95 ms', (r) => r.painted_to_received_ms.p95, 1],
      ['header p50', (r) => r.header_ms.p50, 1],
      ['p95 ms', (r) => r.header_ms.p95, 1],
      ['painting', (r) => r.paint_ms, 2],
    ]),
    'from the start of painting until the picture is whole at the client; header: what the\nframes say themselves; painting: what the beacon takes of it',
    `half within, ms\n${stagesTable('p50')}`,
    `95 % within, ms\n${stagesTable('p95')}`,
    "by stage, as the engine tells it; the median second's",
    table([
      ['CPU ms', (r) => r.cpu_ms_per_picture, 2],
      ['engine', (r) => r.cores.engine, 2],
      ['compositor', (r) => r.cores.compositor, 2],
      ['beacon', (r) => r.cores.beacon, 2],
      ['host', (r) => r.cores.host, 2],
      ['others', (r) => r.other_cores, 2],
      ['kB', (r) => r.bytes_per_picture / 1000, 1],
      ['SSIM', (r) => r.ssim.mean, 4],
      ['worst 5 %', (r) => r.ssim.p5, 4],
      ['settled', (r) => r.ssim.settled, 4],
    ]),
    "CPU ms: the engine's, a picture; kB: a picture; the others are cores that each used\nSSIM: luma, the decoded picture against what was painted for its number; settled: after\nhalf a second in which nothing new was painted",
  ];
  if (two_sides) parts.push(ratios(rows), 'A: this checkout; B: the other');
  const busy = Math.max(...rows.map((row) => row.other_cores));
  if (busy > 0.3) parts.push(`Others used up to ${busy.toFixed(1)} cores meanwhile: repeat it on an idle machine.`);
  return parts.join('\n\n');
}

/** A's figures as parts of B's; of SSIM the difference. */
export function ratios(rows: readonly Row[]): string {
  const lines = rows
    .filter(({ side }) => side === 'A')
    .flatMap((a) => {
      const b = rows.find((row) => row.side === 'B' && row.case === a.case);
      if (!b) return [];
      const ratio = (of: (row: Row) => number) => (of(a) / of(b)).toFixed(2);
      const gained = a.ssim.mean - b.ssim.mean;
      return [
        [
          a.case,
          ratio((r) => r.received_per_s),
          ratio((r) => r.painted_to_received_ms.p50),
          ratio((r) => r.painted_to_received_ms.p95),
          ratio((r) => r.cpu_ms_per_picture),
          ratio((r) => r.bytes_per_picture),
          `${gained < 0 ? '' : '+'}${gained.toFixed(4)}`,
        ],
      ];
    });
  return `${grid([['A / B', 'got/s', 'received p50', 'p95', 'CPU ms', 'kB', 'SSIM, A - B'], ...lines])}`;
}

/** Each figure's median, wherever it stands in what a run came to. */
export function medianOf<T>(runs: readonly T[]): T {
  const [first] = runs;
  if (typeof first === 'number') return median(runs as readonly number[]) as T;
  const fields = Object.keys(first as object) as (keyof T)[];
  return Object.fromEntries(fields.map((field) => [field, medianOf(runs.map((run) => run[field]))])) as T;
}

/** Sides take turns within each round, and begin it by turns. */
async function measureAll({ cases: chosen, rounds, seconds }: Options<Case>, roots: readonly string[]) {
  const sides: { side: Row['side']; host: MeasuredHost }[] = [];
  const rows: Row[] = [];
  try {
    for (const root of roots)
      sides.push({ side: sides.length === 0 ? 'A' : 'B', host: await MeasuredHost.start(root, apps) });
    for (const c of chosen) {
      const runs = sides.map(() => [] as Run[]);
      for (let round = 0; round < rounds; ++round) {
        for (const i of round % 2 === 0 ? sides.keys() : [...sides.keys()].reverse()) {
          const { side, host } = sides[i] as (typeof sides)[number];
          if (process.stderr.isTTY) process.stderr.write(`${c.name} ${side} …\n`);
          try {
            runs[i]?.push(await measure(host, c, seconds));
          } catch (error) {
            process.stderr.write(`${c.name} ${side}: ${error instanceof Error ? error.message : error}\n`);
          }
        }
      }
      for (const [i, { side }] of sides.entries())
        if (runs[i]?.length) rows.push({ case: c.name, side, asked_per_s: c.fps, ...medianOf(runs[i]) });
    }
  } finally {
    for (const { host } of sides) await host.close();
  }
  return { rows, complete: rows.length === chosen.length * roots.length };
}

const picture: Benchmark<Case, Row> = {
  name: 'picture',
  seconds: 8,
  rounds: 1,
  cases: cases(),
  against: true,
  needs: [...hostFiles(package_root), beacon, judge_program],
  measure: measureAll,
  report,
};

if (process.argv[1] === import.meta.filename) process.exitCode = await runBenchmark(picture, process.argv.slice(2));
