// What a spare engine is worth: from a launch to the first picture, the gap when an engine is killed, and the memory of the one that waits.
// The painted picture of 720p60 and a client of this process: a desktop's own delays are not in it.
//
//   node harness/bench/launch.ts --help

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { scheduler } from 'node:timers/promises';
import { pino } from 'pino';
import { buildStart } from '../../src/contract/builder.ts';
import type { EngineMessage } from '../../src/contract/messages.ts';
import { native_dir } from '../../src/installation.ts';
import { makeCheckpoint } from '../../src/session/checkpoint.ts';
import { EnginePool } from '../../src/session/engine-pool.ts';
import { median } from '../kit/statistics.ts';
import { grid } from '../kit/table.ts';
import { engine_addon } from './built.ts';
import { forkEngine, ping_payload } from './engine-run.ts';
import type { Options } from './options.ts';
import { type Benchmark, runBenchmark } from './program.ts';

const rest_ms = 4_000;
const streamed_ms = 1_000;

interface Round {
  /** From the launch to the first packet of the picture. */
  first_picture_ms: number;
  /** Without a packet, when the engine is killed. */
  gap_ms: number;
  /** Of the engine that waits: what it alone has, and its share of what others have too. */
  private_mb: number;
  pss_mb: number;
}

const fork = (cache: string) => (environment: NodeJS.ProcessEnv, onMessage: (message: EngineMessage) => void) =>
  forkEngine({ PATH: process.env.PATH, NODE_COMPILE_CACHE: cache, ...environment }, onMessage);

function memoryOf(pid: number): Pick<Round, 'private_mb' | 'pss_mb'> {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mb = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
  return { private_mb: mb('Private_Clean') + mb('Private_Dirty'), pss_mb: mb('Pss') };
}

/** When the next datagram comes. */
const nextAt = async (client: Socket) => {
  await once(client, 'message');
  return performance.now();
};

async function measure(keeps_spare: boolean, folder: string): Promise<Round> {
  const pool = new EnginePool({ fork: fork(join(folder, 'cache')), keeps_spare, log: pino({ level: 'silent' }) });
  const checkpoint = makeCheckpoint(folder, 'bench');
  const client = createSocket('udp4');
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
  let last_at = 0;
  client.on('message', () => (last_at = performance.now()));
  const ports = { video_port: 0, audio_port: 0, control_port: 0 };
  const launch = async () => {
    const engine = pool.take({}, (message) => {
      if (message.type !== 'listening') return;
      Object.assign(ports, message.transport);
    });
    await engine.start(
      buildStart({
        module_dir: native_dir,
        checkpoint_path: checkpoint.path,
        video: { width: 1280, height: 720, fps: 60, bitrate_kbps: 15_000, slices: 2 },
        transport: { ping_payload, packet_size: 1392, connect_timeout_ms: 120_000, ...ports },
      }),
    );
    return engine;
  };
  const rest = async () => {
    await pool.spare?.ready();
    await scheduler.wait(keeps_spare ? rest_ms : 0);
  };
  try {
    pool.prepare({});
    await rest();
    const { private_mb, pss_mb } = pool.spare?.pid ? memoryOf(pool.spare.pid) : { private_mb: 0, pss_mb: 0 };
    const launched_at = performance.now();
    const first = await launch();
    const pictured = nextAt(client);
    client.send(Buffer.concat([Buffer.from(ping_payload), Buffer.from([0, 0, 0, 1])]), ports.video_port, '127.0.0.1');
    const first_picture_ms = (await pictured) - launched_at;
    await scheduler.wait(streamed_ms);
    await rest();
    process.kill(first.pid as number, 'SIGKILL');
    await first.ended;
    const ended_at = last_at;
    const again = nextAt(client);
    const second = await launch();
    const gap_ms = (await again) - ended_at;
    await second.stop();
    return { first_picture_ms, gap_ms, private_mb, pss_mb };
  } finally {
    client.close();
    checkpoint.remove();
    await pool.close();
  }
}

interface Row {
  spare: boolean;
  rounds: Round[];
}

async function measureAll({ rounds }: Options<never>) {
  const folder = mkdtempSync(join(tmpdir(), 'punktfunk-bench-'));
  const rows: Row[] = [
    { spare: false, rounds: [] },
    { spare: true, rounds: [] },
  ];
  try {
    await measure(false, folder); // compiles what the others find compiled
    for (let round = 0; round < rounds; round++)
      for (const row of rows) row.rounds.push(await measure(row.spare, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { rows, complete: true };
}

function report(rows: readonly Row[]): string {
  const columns: readonly [string, (round: Round) => number][] = [
    ['launch to first picture, ms', (round) => round.first_picture_ms],
    ['gap when the engine is killed, ms', (round) => round.gap_ms],
    ['memory of its own at rest, MB', (round) => round.private_mb],
    ['its share of all, MB', (round) => round.pss_mb],
  ];
  const told = (values: readonly number[]) => `${median(values).toFixed(0)} (${Math.max(...values).toFixed(0)})`;
  return `${grid([
    ['', ...rows.map(({ spare }) => (spare ? 'spare' : 'without'))],
    ...columns.map(([name, of]) => [name, ...rows.map(({ rounds }) => told(rounds.map(of)))]),
  ])}

the middle round, and in brackets the worst`;
}

const launch: Benchmark<never, Row> = {
  name: 'launch',
  rounds: 5,
  needs: [engine_addon],
  measure: measureAll,
  report,
};

process.exitCode = await runBenchmark(launch, process.argv.slice(2));
