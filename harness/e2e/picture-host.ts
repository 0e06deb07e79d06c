// A host that streams a test picture, and the probe that is paired with it: no desktop has to be opened.

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { App } from '../../src/config/app.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { Probe } from '../probe/client.ts';
import { TestHost } from './host.ts';

/** Ready; it ends with the test. */
export async function openPictureHost(
  t: Test,
  {
    apps = [{ title: 'Desktop' }],
    parameters = [],
    environment = {},
  }: { apps?: App[]; parameters?: string[]; environment?: NodeJS.ProcessEnv } = {},
): Promise<TestHost> {
  const picture = ['--display', 'synthetic', '--discovery', 'false', ...parameters];
  const host = new TestHost(await freeBasePort(), () => apps, picture, environment);
  t.teardown(async () => {
    await host.stop('SIGKILL');
    host.remove();
  });
  await host.event('ready');
  return host;
}

/** Another one each time, not paired yet. */
export function openProbe(host: TestHost, data_dir = mkdtempSync(join(host.folder, 'probe-'))): Promise<Probe> {
  return Probe.open({ host: '127.0.0.1', port: host.base_port, data_dir });
}

/** Paired by the person at the host, under this name. `data_dir`: where its identity is kept. */
export async function openPairedProbe(host: TestHost, name: string, data_dir?: string): Promise<Probe> {
  const probe = await openProbe(host, data_dir);
  const from = host.log.length;
  const pairing = probe.pair('1234', 120_000);
  await host.event('pairing_waiting', from);
  await host.api('POST', '/pairing/approve', { pin: '1234', name });
  await pairing;
  return probe;
}
