// What a frame costs, by stage: CPU time and latency of the engine process, from the synthetic source and from headless Sway.
//
//   node harness/bench/pipeline.ts --help
//
// Latencies run on the engine's monotonic clock. Each second of a run has its own percentiles; printed are the median second's p50 and p95
// and the worst second's p99.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Statistics } from '../../src/contract/statistics.ts';
import { median } from '../kit/statistics.ts';
import { grid } from '../kit/table.ts';
import { beacon, engine_addon } from './built.ts';
import { type PipelineCase, type PipelineRun, runEngine } from './engine-run.ts';
import type { Options } from './options.ts';
import { type Benchmark, runBenchmark } from './program.ts';

const working = ['capture', 'convert', 'encode', 'protect', 'send'] as const;
const stages = ['capture', 'convert', 'wait', 'encode', 'protect', 'send'] as const;
type Stage = (typeof stages)[number];
type StageTimes = Record<(typeof working)[number], number>;

interface Row extends Omit<PipelineRun, 'seconds'> {
  case: string;
  frames_per_s: number;
  dropped_per_s: number;
  mbit_per_s: number;
  cores: number;
  /** CPU ms a frame: by stage, and the whole process. */
  cpu_ms: StageTimes & { total: number };
  latency_ms: Record<Stage | 'total', { p50: number; p95: number; p99: number }>;
}

const wanted_fps = 60;
const in_sway = resolve(import.meta.dirname, '../capture/in-sway');

function cases(): PipelineCase[] {
  const synthetic = (name: string, width: number, height: number, rest: Partial<PipelineCase> = {}): PipelineCase => ({
    name,
    target: { kind: 'synthetic', moving: true },
    width,
    height,
    fps: wanted_fps,
    bitrate_kbps: 15_000,
    encrypt: false,
    ...rest,
  });
  const display = process.env.WAYLAND_DISPLAY ?? '';
  const sway = (name: string, width: number, height: number) =>
    synthetic(name, width, height, { target: { kind: 'wlroots', wayland_display: display, output: '' } });
  return [
    synthetic('1080p60', 1920, 1080),
    synthetic('1080p60 sealed 20M', 1920, 1080, { bitrate_kbps: 20_000, encrypt: true }),
    synthetic('720p60', 1280, 720),
    synthetic('1080p still', 1920, 1080, { target: { kind: 'synthetic', moving: false } }),
    sway('sway 1080p60', 1920, 1080),
    sway('sway 720p60', 1280, 720),
    sway('sway 1080p still', 1920, 1080),
  ];
}

const sum = (seconds: Statistics[], of: (s: Statistics) => number) => seconds.reduce((total, s) => total + of(s), 0);

function rowOf(c: PipelineCase, { seconds, ...rest }: PipelineRun): Row {
  const wall_s = sum(seconds, (s) => s.interval_s);
  const frames = Math.max(
    1,
    sum(seconds, (s) => s.frames_sent),
  );
  const cpu = (of: (t: Statistics['cpu_ms']) => number) => sum(seconds, (s) => of(s.cpu_ms)) / frames;
  const latency = (stage: Stage | 'total') => ({
    p50: median(seconds.map((s) => s.latency[stage].p50_us)) / 1000,
    p95: median(seconds.map((s) => s.latency[stage].p95_us)) / 1000,
    p99: Math.max(...seconds.map((s) => s.latency[stage].p99_us)) / 1000,
  });
  return {
    case: c.name,
    frames_per_s: sum(seconds, (s) => s.frames_sent) / wall_s,
    dropped_per_s: sum(seconds, (s) => s.frames_dropped) / wall_s,
    mbit_per_s: (sum(seconds, (s) => s.bytes_sent) * 8) / wall_s / 1e6,
    cores: sum(seconds, (s) => s.cpu_ms.process) / 1000 / wall_s,
    cpu_ms: {
      capture: cpu((t) => t.capture),
      convert: cpu((t) => t.convert),
      encode: cpu((t) => t.video - t.capture - t.convert),
      protect: cpu((t) => t.protect),
      send: cpu((t) => t.send - t.protect),
      total: cpu((t) => t.process),
    },
    latency_ms: {
      capture: latency('capture'),
      convert: latency('convert'),
      wait: latency('wait'),
      encode: latency('encode'),
      protect: latency('protect'),
      send: latency('send'),
      total: latency('total'),
    },
    ...rest,
  };
}

/** On the desktop of WAYLAND_DISPLAY: its output takes the case's mode, and the beacon paints it. */
async function onDesktop<T>(c: PipelineCase, then: () => Promise<T>): Promise<T> {
  const mode = `${c.width}x${c.height}@${c.fps}Hz`;
  const set = spawnSync('swaymsg', ['--', 'output', '*', 'mode', '--custom', mode], { encoding: 'utf8' });
  if (set.status !== 0)
    throw new Error(`The desktop does not take the mode ${mode}: ${set.stderr || set.error?.message}`);
  const motion = c.name.includes('still') ? ['--still'] : ['--motion', 'full'];
  const painter = spawn(beacon, motion, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(painter, 'exit');
  try {
    await Promise.race([once(painter.stdout, 'data'), gone]);
    painter.stdout.resume();
    return await then();
  } finally {
    painter.kill();
    await gone;
  }
}

/** Runs this program again inside a headless Sway of its own. */
function inSway(c: PipelineCase, seconds: number): Row {
  const words = ['--mode', `${c.width}x${c.height}@${c.fps}Hz`, process.execPath, import.meta.filename];
  const run = spawnSync(in_sway, [...words, '--json', '--case', c.name, '--seconds', `${seconds}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (run.status !== 0) throw new Error('the desktop or the engine in it failed (see above)');
  return (JSON.parse(run.stdout) as { rows: [Row] }).rows[0];
}

async function measure(c: PipelineCase, seconds: number): Promise<Row> {
  if (c.target.kind !== 'wlroots') return rowOf(c, await runEngine(c, seconds));
  if (process.env.WAYLAND_DISPLAY) return rowOf(c, await onDesktop(c, () => runEngine(c, seconds)));
  return inSway(c, seconds);
}

function missing(c: PipelineCase): string | undefined {
  if (c.target.kind !== 'wlroots') return undefined;
  if (!existsSync(beacon)) return `${beacon} is not built`;
  if (spawnSync('sway', ['--version']).status !== 0) return 'Sway is not installed';
  return undefined;
}

/** Tables of at most 80 columns, what their figures mean, and a judgement. */
function report(rows: readonly Row[]): string {
  const row = (r: Row, ...cells: (readonly [number, number])[]) => [
    r.case,
    ...cells.map(([value, digits]) => value.toFixed(digits)),
  ];
  const rates = [
    ['case', 'frames/s', 'dropped/s', 'Mbit/s', 'cores', 'others', 'memory MB'],
    ...rows.map((r) =>
      row(
        r,
        [r.frames_per_s, 1],
        [r.dropped_per_s, 1],
        [r.mbit_per_s, 1],
        [r.cores, 2],
        [r.other_cores, 2],
        [r.resident_mb, 0],
      ),
    ),
  ];
  const cpu = [
    ['CPU ms a frame', ...working, 'all'],
    ...rows.map((r) => row(r, ...working.map((s) => [r.cpu_ms[s], 3] as const), [r.cpu_ms.total, 2])),
  ];
  const latencies = (name: string, of: 'p50' | 'p95' | 'p99') => [
    [name, ...stages, 'all'],
    ...rows.map((r) => row(r, ...stages.map((s) => [r.latency_ms[s][of], 2] as const), [r.latency_ms.total[of], 1])),
  ];
  return [
    grid(rates),
    'dropped: pictures captured and passed over, since a newer one came\ncores: what the engine used; others: what else ran meanwhile (1 is one core)',
    grid(cpu),
    grid(latencies('half within, ms', 'p50')),
    grid(latencies('95 % within, ms', 'p95')),
    grid(latencies('99 % within, ms', 'p99')),
    "from the compositor's presentation to the kernel's socket; the worst second's\n99 %, the median second's others",
    judgement(rows),
  ].join('\n\n');
}

/** Still pictures are few by design; of the others each second has 60. */
export function judgement(rows: readonly Pick<Row, 'case' | 'frames_per_s' | 'other_cores'>[]): string {
  const late = rows.filter((r) => !r.case.includes('still') && r.frames_per_s < 0.98 * wanted_fps);
  const busy = Math.max(0, ...rows.map((r) => r.other_cores));
  const noise =
    busy > 0.2 ? `\nOthers used up to ${busy.toFixed(1)} cores meanwhile: repeat it on an idle machine.` : '';
  if (late.length === 0) return `Every case held its ${wanted_fps} frames a second.${noise}`;
  const cases = late.map((r) => `${r.case} (${r.frames_per_s.toFixed(1)})`).join(', ');
  return `Short of ${wanted_fps} frames a second: ${cases}.${noise}`;
}

/** A case that this machine cannot do is left out. */
async function measureAll({ cases: chosen, seconds }: Options<PipelineCase>) {
  const rows: Row[] = [];
  let failed = false;
  for (const c of chosen) {
    const why = missing(c);
    if (why) {
      process.stderr.write(`${c.name}: left out, ${why}\n`);
      continue;
    }
    if (process.stderr.isTTY) process.stderr.write(`${c.name} …\n`);
    try {
      rows.push(await measure(c, seconds));
    } catch (error) {
      failed = true;
      process.stderr.write(`${c.name}: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  return { rows, complete: !failed && rows.length > 0 };
}

const pipeline: Benchmark<PipelineCase, Row> = {
  name: 'pipeline',
  seconds: 10,
  cases: cases(),
  needs: [engine_addon],
  measure: measureAll,
  report,
};

if (process.argv[1] === import.meta.filename) process.exitCode = await runBenchmark(pipeline, process.argv.slice(2));
