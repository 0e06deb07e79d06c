// What is measured: our own host on its embedded desktop, with the beacon as its applications; or any GameStream host, with a beacon that
// somebody else runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { scheduler } from 'node:timers/promises';
import { Check } from 'typebox/schema';
import type { FrameTimes } from '../../src/contract/statistics.ts';
import { SessionReport } from '../../src/events.ts';
import { package_root, repair } from '../../src/installation.ts';
import { listen } from '../../src/management/listen.ts';
import { beacon, hostFiles } from '../bench/built.ts';
import { MeasuredHost } from '../bench/measured-host.ts';
import { NotMeasured } from '../kit/run.ts';
import { Probe } from '../probe/client.ts';
import type { NativePicture } from '../probe/native.ts';

export interface Target {
  readonly probe: Probe;
  /** It paints in our own CLOCK_MONOTONIC. */
  readonly one_clock: boolean;
  /** What is streamed; undefined: as the host chooses. */
  readonly apps: Readonly<Record<'moving' | 'reacting', string | undefined>>;
  /** Of the host, when it was started here. */
  readonly pid?: number;
  /** Of the host's stamps, when it has any for us. */
  readonly frames: FrameTimes[];
  close(): Promise<void>;
}

/** Of a host that tells once a second. */
const telling_ms = 4000;

/** Until the host has told of the last of these pictures, too; no longer than it takes a busy one. */
export async function untilTold(
  frames: readonly FrameTimes[],
  pictures: readonly NativePicture[],
  signal: AbortSignal,
): Promise<void> {
  const last = pictures.at(-1)?.frame ?? 0;
  const until_ms = performance.now() + telling_ms;
  const toldLast = () => frames.length === 0 || (frames.at(-1)?.frame ?? 0) >= last;
  while (!toldLast() && performance.now() < until_ms && !signal.aborted) await scheduler.wait(50);
}

/** Frames are told while somebody listens. Returns what ends it. */
export function followFrames(data_dir: string, frames: FrameTimes[]): () => Promise<void> {
  const leaving = new AbortController();
  const ended = listen(data_dir, { path: '/api/v1/statistics', signal: leaving.signal }, ({ data }) => {
    const report: unknown = JSON.parse(data);
    if (Check(SessionReport, report)) frames.push(...(report.statistics.frames ?? []));
  }).catch((error: unknown) => {
    throw new NotMeasured(
      `The host does not tell of its pictures: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  ended.catch(() => {}); // told when it is waited for
  return () => {
    leaving.abort();
    return ended;
  };
}

export const app_titles = { moving: 'Moving beacon', reacting: 'Reacting beacon' } as const;

/** Of this checkout, with the beacons as its applications. Throws NotMeasured. */
export async function startOwn(): Promise<MeasuredHost> {
  const missing = [...hostFiles(package_root), beacon].find((path) => !existsSync(path));
  if (missing !== undefined) throw new NotMeasured(`${missing} is missing. Mend it with: ${repair}`);
  if (process.getuid?.() === 0)
    throw new NotMeasured(
      'The desktop of our own host (Sway) refuses root: measure as an ordinary user, or name a HOST.',
    );
  return MeasuredHost.start(package_root, () => [
    { title: app_titles.moving, command: [beacon, '--click'] },
    { title: app_titles.reacting, command: [beacon, '--react', '--motion', 'small'] },
  ]).catch((error: unknown) => {
    throw new NotMeasured(`Our own host does not start: ${error instanceof Error ? error.message : String(error)}`);
  });
}

export async function openOwn(): Promise<Target> {
  const host = await startOwn();
  const frames: FrameTimes[] = [];
  const leave = followFrames(host.data_dir, frames);
  return {
    probe: host.probe,
    pid: host.pid,
    one_clock: true,
    apps: app_titles,
    frames,
    async close() {
      await leave().catch(() => {});
      await host.close();
    },
  };
}

export interface HostOptions {
  readonly host: string;
  readonly port: number;
  readonly pin: string | undefined;
  readonly probe_dir: string;
  readonly app: string | undefined;
  /** Of a host of ours that runs on this machine. */
  readonly data_dir: string | undefined;
  readonly beacon_command: string | undefined;
}

const pin_wait_ms = 120_000;

export async function openHost(options: HostOptions, say: (text: string) => void): Promise<Target> {
  const probe = await Probe.open({ host: options.host, port: options.port, data_dir: options.probe_dir });
  if (options.pin !== undefined) {
    say(`Type this PIN at the host: ${options.pin}`);
    await probe.pair(options.pin, pin_wait_ms);
  }
  const frames: FrameTimes[] = [];
  const leave = options.data_dir === undefined ? async () => {} : followFrames(options.data_dir, frames);
  const painter = options.beacon_command === undefined ? undefined : startBeacon(options.beacon_command);
  return {
    probe,
    one_clock: isOurs(probe.address),
    apps: { moving: options.app, reacting: undefined },
    frames,
    async close() {
      await leave().catch(() => {});
      await painter?.end();
    },
  };
}

/** By a shell, with a group of its own, so that all of it ends. */
function startBeacon(line: string): { end(): Promise<void> } {
  const child: ChildProcess = spawn('sh', ['-c', line], { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const gone = Promise.race([once(child, 'exit'), once(child, 'error')]);
  return {
    async end() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGTERM');
      await gone;
    },
  };
}

const isOurs = (address: string): boolean =>
  address.startsWith('127.') ||
  Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
