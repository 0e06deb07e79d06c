// What is measured: our own host on its embedded desktop, with the beacon as its applications; or any GameStream host, with a beacon that
// somebody else runs.

import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { scheduler } from 'node:timers/promises';
import { Check } from 'typebox/schema';
import type { FrameTimes } from '../../src/contract/statistics.ts';
import { SessionReport } from '../../src/events.ts';
import { harness_repair, package_root } from '../../src/installation.ts';
import { hear, listen } from '../../src/management/listen.ts';
import { portsOf } from '../../src/ports.ts';
import { beacon, hostFiles } from '../bench/built.ts';
import { MeasuredHost } from '../bench/measured-host.ts';
import { Painter } from '../kit/painter.ts';
import { NotMeasured } from '../kit/run.ts';
import { Probe } from '../probe/client.ts';
import type { NativePicture } from '../probe/native.ts';

export interface Target {
  readonly probe: Probe;
  /** For another way to the same host, with the same identity. */
  readonly where: { readonly host: string; readonly port: number; readonly probe_dir: string };
  /** It paints in our own CLOCK_MONOTONIC. */
  readonly one_clock: boolean;
  /** What is streamed while pictures move; undefined: as the host chooses. */
  readonly app: string | undefined;
  /** Puts a beacon that reacts in the other's place and tells what is to be streamed then; undefined: nobody knows how. */
  readonly showReacting: (() => Promise<string | undefined>) | undefined;
  /** Why there is no beacon to be seen, or no stamp of the host, as a sentence: its command has ended, the host refuses to tell. */
  readonly trouble: () => string | undefined;
  /** Of the host, when it was started here. */
  readonly pid?: number;
  /** Of the host's stamps, when it has any for us: where nobody listens there are none. */
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

/** A host's statistics, with each picture's times: by its own socket, or from another machine with a token. */
type Listen = (signal: AbortSignal, onMessage: (heard: { data: string }) => void) => Promise<void>;
const statistics = '/api/v1/statistics';

/** Of a host on this machine. */
export const localStatistics =
  (data_dir: string): Listen =>
  (signal, onMessage) =>
    listen(data_dir, { path: statistics, signal }, onMessage);

/** Of a host anywhere: it is the one with which the probe is paired, by its certificate. */
const remoteStatistics =
  (probe: Probe, base_port: number, token_file: string): Listen =>
  async (signal, onMessage) => {
    const token = readFileSync(token_file, 'utf8').trim();
    await hear(await probe.clientOf(portsOf(base_port).console), { path: statistics, token, signal }, onMessage);
  };

/** The times of each picture, which the host tells while somebody listens. */
export class FrameStamps {
  readonly frames: FrameTimes[] = [];
  readonly #leaving = new AbortController();
  readonly #ended: Promise<void>;
  #trouble: string | undefined;

  constructor(listenTo: Listen) {
    const { signal } = this.#leaving;
    this.#ended = listenTo(signal, ({ data }) => {
      const report: unknown = JSON.parse(data);
      if (Check(SessionReport, report)) this.frames.push(...(report.statistics.frames ?? []));
    }).catch((error: unknown) => {
      this.#trouble = `The host does not tell of its pictures: ${error instanceof Error ? error.message : String(error)}`;
    });
  }

  /** Why there are none, as a sentence. */
  get trouble(): string | undefined {
    return this.#trouble?.replace(/\.?$/, '.');
  }

  leave(): Promise<void> {
    this.#leaving.abort();
    return this.#ended;
  }
}

export const app_titles = { moving: 'Moving beacon', reacting: 'Reacting beacon' } as const;

/** Of this checkout, with the beacons as its applications. Throws NotMeasured. */
export async function startOwn(signal: AbortSignal): Promise<MeasuredHost> {
  const missing = [...hostFiles(package_root), beacon].find((path) => !existsSync(path));
  if (missing !== undefined) throw new NotMeasured(`${missing} is missing. Mend it with: ${harness_repair}`);
  if (process.getuid?.() === 0)
    throw new NotMeasured(
      'The desktop of our own host (Sway) refuses root: measure as an ordinary user, or name a HOST.',
    );
  const apps = [
    { title: app_titles.moving, command: [beacon, '--click'] },
    { title: app_titles.reacting, command: [beacon, '--react', '--motion', 'small'] },
  ];
  return MeasuredHost.start(package_root, () => apps, signal).catch((error: unknown) => {
    throw new NotMeasured(`Our own host does not start: ${error instanceof Error ? error.message : String(error)}`);
  });
}

export async function openOwn(signal: AbortSignal): Promise<Target> {
  const host = await startOwn(signal);
  const stamps = new FrameStamps(localStatistics(host.data_dir));
  return {
    probe: host.probe,
    where: { host: '127.0.0.1', port: host.base_port, probe_dir: host.probe_dir },
    pid: host.pid,
    one_clock: true,
    app: app_titles.moving,
    showReacting: async () => app_titles.reacting,
    trouble: () => stamps.trouble,
    frames: stamps.frames,
    async close() {
      await stamps.leave();
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
  /** Of a host of ours anywhere. */
  readonly token_file: string | undefined;
  readonly beacon_command: string | undefined;
  readonly react_command: string | undefined;
}

const pin_wait_ms = 120_000;

export async function openHost(options: HostOptions, say: (text: string) => void): Promise<Target> {
  const probe = await Probe.open({ host: options.host, port: options.port, data_dir: options.probe_dir });
  if (options.pin !== undefined) {
    say(`Type this PIN at the host: ${options.pin}`);
    await probe.pair(options.pin, pin_wait_ms);
  }
  const { data_dir, token_file, react_command } = options;
  const listenTo =
    data_dir !== undefined
      ? localStatistics(data_dir)
      : token_file !== undefined && remoteStatistics(probe, options.port, token_file);
  const stamps = listenTo ? new FrameStamps(listenTo) : undefined;
  let painter = options.beacon_command === undefined ? undefined : new Painter(options.beacon_command);
  return {
    probe,
    where: { host: options.host, port: options.port, probe_dir: options.probe_dir },
    one_clock: isOurs(probe.address),
    app: options.app,
    showReacting:
      react_command === undefined
        ? undefined
        : async () => {
            await painter?.end();
            painter = new Painter(react_command);
            return options.app;
          },
    trouble: () => painter?.why_ended ?? stamps?.trouble,
    frames: stamps?.frames ?? [],
    async close() {
      await painter?.end();
      await stamps?.leave();
    },
  };
}

const isOurs = (address: string): boolean =>
  address.startsWith('127.') ||
  Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
