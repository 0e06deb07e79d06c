// How late sound is: the beacon clicks on the embedded desktop as it paints; the probe says when it heard that and when the picture came.
//
//   node harness/bench/sound.ts --help

import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { scheduler } from 'node:timers/promises';
import { package_root } from '../../src/installation.ts';
import { grid } from '../kit/table.ts';
import type { NativeClickSummary } from '../probe/native.ts';
import { beacon, hostFiles } from './built.ts';
import { MeasuredHost, until } from './measured-host.ts';
import type { Options } from './options.ts';
import { type Benchmark, runBenchmark } from './program.ts';

/** Until the session manager has linked everything. */
const warm_up_ms = 2_000;

interface Case {
  name: string;
  height: 720 | 1080;
  /** Programs that do nothing but keep a core busy. */
  spinners: number;
  /** Of the beacon; none: as often as the desktop asks. A click comes with every 32nd. */
  pictures_per_s?: number;
  /** So many times the seconds of other cases. */
  times: number;
}

const cases: readonly Case[] = [
  { name: '720p60', height: 720, spinners: 0, times: 1 },
  { name: '1080p60', height: 1080, spinners: 0, times: 1 },
  { name: '720p60 busy', height: 720, spinners: cpus().length, times: 1 },
  { name: 'after silence', height: 720, spinners: 0, pictures_per_s: 8, times: 2 },
];

interface Row {
  case: string;
  side: string;
  clicks: NativeClickSummary | undefined;
  lost: number;
  made_up: number;
  left_out: number;
}

const apps = () =>
  cases.map(({ name, pictures_per_s }) => ({
    title: name,
    command: [beacon, '--click', ...(pictures_per_s ? ['--fps', `${pictures_per_s}`] : [])],
  }));

const spin = () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });

async function measure(host: MeasuredHost, side: string, c: Case, seconds: number): Promise<Row> {
  /** Since the start of the engine. */
  const sound = async () => (await host.status()).sessions.find(({ stats }) => stats !== null)?.stats?.audio;
  const spinners = Array.from({ length: c.spinners }, spin);
  try {
    const stream = await host.probe.stream({ app: c.name, width: (c.height * 16) / 9, height: c.height, fps: 60 });
    const counted = () => until('a stream that tells', sound);
    await counted();
    await scheduler.wait(warm_up_ms);
    const before = await counted();
    await scheduler.wait(seconds * 1000);
    const after = await counted();
    const { audio, clicks } = await stream.stop();
    await host.probe.quit();
    return {
      case: c.name,
      side,
      clicks: clicks ?? undefined,
      lost: audio?.packets_lost ?? 0,
      made_up: after.underruns - before.underruns,
      left_out: after.overruns - before.overruns,
    };
  } finally {
    for (const spinner of spinners) spinner.kill();
  }
}

function report(rows: readonly Row[], { seconds }: Options<Case>): string {
  const ms = (value: number | undefined) => value?.toFixed(1) ?? '-';
  return `${grid([
    ['case', '', 'clicks', 'heard', '95%', 'after', 'apart', 'lost', 'made up', 'left out'],
    ...rows.map(({ case: name, side, clicks, lost, made_up, left_out }) => [
      name,
      side,
      `${clicks?.painted_to_heard_ms.count ?? 0}`,
      ms(clicks?.painted_to_heard_ms.p50),
      ms(clicks?.painted_to_heard_ms.p95),
      ms(clicks?.picture_after_sound_ms.p50),
      ms(clicks?.apart_ms.p95),
      ...[lost, made_up, left_out].map(String),
    ]),
  ])}

heard: from the painting of a picture, at which the beacon clicks, until it
  would be heard at a client that plays each packet as it comes, ms
after: its picture is received so much later (middle); apart: whichever came
  first (95 % within)
lost: packets that the client misses; made up: what went in their place when the
  sound server brought nothing, of ${200 * seconds}; left out: what it brought too late`;
}

async function measureAll({ cases: chosen, seconds }: Options<Case>, roots: readonly string[]) {
  const rows: Row[] = [];
  const hosts: MeasuredHost[] = [];
  try {
    for (const root of roots) hosts.push(await MeasuredHost.start(root, apps));
    for (const c of chosen) {
      if (process.stderr.isTTY) process.stderr.write(`${c.name} …\n`);
      for (const [i, host] of hosts.entries())
        rows.push(await measure(host, i === 0 ? '' : 'other', c, seconds * c.times));
    }
  } finally {
    for (const host of hosts) await host.close();
  }
  return { rows, complete: true };
}

const sound: Benchmark<Case, Row> = {
  name: 'sound',
  seconds: 20,
  cases,
  against: true,
  needs: [...hostFiles(package_root), beacon],
  measure: measureAll,
  report,
};

process.exitCode = await runBenchmark(sound, process.argv.slice(2));
