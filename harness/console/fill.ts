// A host that has been used for a while: what people give it, with names as long as they are.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { encodePng } from '../../src/apps/png.ts';
import type { App } from '../../src/config/app.ts';
import { figuresOf, type Head, secondOf } from '../../src/recordings/format.ts';
import { test_session, test_video, testReport } from '../../src/test-report.ts';
import type { TestHost } from '../e2e/host.ts';
import { openPairedProbe, openPictureHost } from '../e2e/picture-host.ts';
import type { Probe } from '../probe/client.ts';
import { fillMeasurements } from './fill-measurements.ts';

export const long_title = "The Long Way Home: Director's Cut, Anniversary Edition with all Add-ons";
export const client = 'Television in the living room, upstairs';

const apps: App[] = [
  { title: 'Desktop' },
  {
    title: long_title,
    command: ['/usr/bin/env', 'a-game', '--profile', 'Anna and everybody else', '--full-screen'],
    working_directory: '/home/anna/games/the-long-way-home/anniversary-edition/bin',
    environment: { LANG: 'en_US.UTF-8', GAME_CONFIGURATION: '/home/anna/.config/the-long-way-home/television.conf' },
    prepare: [
      { do: ['notify-send', 'A game begins'], undo: ['notify-send', 'It is over'] },
      { do: ['systemctl', '--user', 'stop', 'backup.timer'], undo: ['systemctl', '--user', 'start', 'backup.timer'] },
    ],
  },
  { title: 'Steam', command: ['steam', '-bigpicture'] },
  { title: 'DonaudampfschifffahrtsgesellschaftskapitänSimulator', command: ['/opt/simulator/run'] },
];

export interface Filled {
  host: TestHost;
  /** The client that is called `client`. */
  probe: Probe;
}

export async function openFilledHost(t: Test): Promise<Filled> {
  const host = await openPictureHost(t, { apps, parameters: ['--log-level', 'debug'] });
  record(host);
  fillMeasurements(host.data_dir);
  const [, game, steam] = JSON.parse(`${await host.api('GET', '/applications')}`) as { id: number }[];
  for (const { id } of [game, steam].flatMap((one) => one ?? []))
    await host.api('PUT', `/applications/${id}/box-art`, await drawn(id));
  for (const name of ['Phone', 'Tablet of a guest']) await openPairedProbe(host, name);
  const clients = JSON.parse(`${await host.api('GET', '/clients')}`) as { id: string; name: string }[];
  const guest = clients.find(({ name }) => name === 'Tablet of a guest');
  const rights = { rights: { input: false, launch: false }, expires_at: '2099-01-31T22:59:59.000Z' };
  await host.api('PATCH', `/clients/${guest?.id}`, rights);
  await host.api('POST', '/tokens', { name: 'prometheus', scope: 'read', expires_days: 365 });
  await host.api('POST', '/tokens', { name: 'home automation in the basement', scope: 'operate' });
  return { host, probe: await openPairedProbe(host, client) };
}

/** Past streams: two that were whole, one whose end is missing, one that is damaged. */
function record({ data_dir }: TestHost): void {
  const folder = join(data_dir, 'recordings');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (id: string, text: string) => writeFileSync(join(folder, `${id}.ndjson`), text, { mode: 0o600 });
  write('20260110T193000Z-0123456789aa', stream('2026-01-10T19:30:00.000Z', 1500, 5, 'the client left'));
  write('20260111T200000Z-0123456789ab', stream('2026-01-11T20:00:00.000Z', 900, 9, 'the client fell silent'));
  write('20260112T181500Z-0123456789ac', stream('2026-01-12T18:15:00.000Z', 120, 7));
  write('20260113T070000Z-0123456789ad', '{"recording":1,\n');
}

function stream(started_at: string, length_s: number, total_ms: number, reason?: string): string {
  const session = {
    ...test_session,
    client: { ...test_session.client, name: client },
    app: { id: 2, title: long_title },
  };
  const head: Head = { recording: 1, started_at, host_version: '0.1.0', session, video: test_video };
  const seconds = Array.from({ length: length_s }, (_, second) => {
    const wave = 1 + 0.3 * Math.sin(second / 40) + (second % 97 === 0 ? 1.5 : 0);
    const busy = { bytes_sent: Math.round(1_000_000 * wave), datagrams_sent: 800, parity_datagrams: 160 };
    const told = secondOf(testReport({ session, total_ms: total_ms * wave, ...busy }), second + 1);
    const encode = { p50_us: 500 * total_ms * wave, p95_us: 1200 * total_ms * wave };
    const network = { lost: Number(second % 200 === 0), repaired: second % 7, packets_missing: second % 11 };
    const pictures = { missed: second % 97 === 0 ? 4 : 0, passed_over: Number(second % 50 === 0), cut_short: 0 };
    return {
      ...told,
      ...network,
      ...pictures,
      round_trip_ms: 5 + Math.round(3 * Math.sin(second / 60)),
      latency: { ...told.latency, encode },
    };
  });
  const ended_at = new Date(Date.parse(started_at) + 1000 * length_s).toISOString();
  const tail = reason && { ended_at, reason, figures: figuresOf(seconds, length_s) };
  return [head, ...seconds, ...(tail ? [tail] : [])].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** A picture of 300 by 400 points in three colours. */
function drawn(seed: number): Promise<Buffer> {
  const [width, height] = [300, 400];
  const row = (y: number) => {
    const points = Array.from({ length: width }, (_, x) => [
      (seed + x) % 256,
      Math.round((y / height) * 200),
      (x - 150) ** 2 + (y - 200) ** 2 < 9000 ? 230 : 90,
    ]);
    return Buffer.from([0, ...points.flat()]);
  };
  const rows = Buffer.concat(Array.from({ length: height }, (_, y) => row(y)));
  return encodePng({
    width,
    height,
    bits: 8,
    colour: 2,
    palette: Buffer.alloc(0),
    transparency: Buffer.alloc(0),
    rows,
  });
}
