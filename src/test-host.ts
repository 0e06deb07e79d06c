// A whole host in this process for tests: a stand-in engine, a test picture, its own ports and directory.

import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Test } from 'tap';
import type { App } from './config/app.ts';
import { LiveConfig } from './config/live.ts';
import type { TextSettings } from './config/load.ts';
import type { Display } from './display/display.ts';
import { one_output, testDisplay, testOutput } from './display/test-display.ts';
import type { HostEvent } from './events.ts';
import { rtspRequest, TestClient, textOf } from './gamestream/test-client.ts';
import { rtsp_recording } from './gamestream/testdata/load.ts';
import { type Host, type HostOptions, openHost } from './host.ts';
import type { Logger } from './log.ts';
import { LogRing } from './log-ring.ts';
import type { Status } from './management/schema/status.ts';
import { app_limits } from './session/app-process.ts';
import type { engine_limits } from './session/engine-process.ts';
import type { Behaviour } from './session/fake-engine.ts';
import { Previews } from './session/previews.ts';
import { session_limits } from './session/session.ts';
import { testCapabilities } from './session/test-capabilities.ts';
import { type Told, testEngines } from './session/test-engine.ts';
import { TestApi } from './test-api.ts';
import { eventually } from './test-eventually.ts';
import { folder } from './test-folder.ts';
import './test-limit.ts';
import { freeBasePort } from './test-ports.ts';

export const log = pino({ level: process.env.TEST_LOG ?? 'silent' });

export interface Running {
  host: Host;
  port: number;
  data_dir: string;
  config: LiveConfig;
  runtime_dir: string;
  api: TestApi;
  modes: string[];
  /** What happened on it, in order. */
  events: HostEvent[];
  /** What the engines were told, in order. */
  told(): Told[];
}

export interface Setting {
  engine?: Behaviour;
  settings?: TextSettings;
  limits?: Partial<typeof session_limits>;
  engine_limits?: Partial<typeof engine_limits>;
  app_limits?: Partial<typeof app_limits>;
  display?: Partial<Display>;
  apps?: App[];
  /** Whether something can be encoded. */
  encoders?: boolean;
  runtime_dir?: string;
  log?: Logger;
  logs?: LogRing;
  examine?: HostOptions['examine'];
  kit?: readonly string[];
}

export async function run(
  t: Test,
  {
    engine = {},
    settings = {},
    limits,
    engine_limits: of_engine,
    app_limits: of_apps,
    display: of_display,
    apps,
    encoders,
    runtime_dir,
    log: own_log = log,
    logs = new LogRing(),
    examine,
    kit,
  }: Setting = {},
): Promise<Running> {
  const base = folder(t);
  const data_dir = base;
  const port = await freeBasePort();
  if (apps) writeFileSync(join(data_dir, 'config.json'), JSON.stringify({ apps }));
  const config = new LiveConfig(
    data_dir,
    { base_port: String(port), bind: '127.0.0.1', discovery: 'false', ...settings },
    {},
  );
  const modes: string[] = [];
  const lease: Display['lease'] = async ({ width, height, refresh_mhz }) => {
    modes.push(`${width}x${height}@${refresh_mhz}`);
    return testOutput({ release: async () => void modes.push('restored') });
  };
  const display = testDisplay({ ...one_output, lease, ...of_display });
  const engines = testEngines(base, { behaviour: engine, log, ...(of_engine ? { limits: of_engine } : {}) });
  const events: HostEvent[] = [];
  const host = await openHost({
    config,
    onService: (service) => void service.subscribe((event) => events.push(event)),
    log: own_log,
    logs,
    ...(examine && { examine }),
    ...(kit && { kit }),
    runtime_dir: runtime_dir ?? base,
    module_dir: '/nowhere',
    capabilities: async () => testCapabilities(encoders),
    app_environment: { PATH: process.env.PATH },
    openDisplay: async () => display,
    makeEngine: engines.makeEngine,
    previews: new Previews({ fork: (environment) => engines.makeEngine({ environment }, () => {}) }),
    session_limits: { ...session_limits, ...limits },
    app_limits: { ...app_limits, ...of_apps },
  });
  t.teardown(() => host.close());
  return {
    host,
    port,
    data_dir,
    config,
    runtime_dir: base,
    api: new TestApi(data_dir),
    modes,
    events,
    told: engines.told,
  };
}

/** Asks the host until `holds`. */
export async function until(running: Running, holds: (status: Status) => boolean): Promise<Status> {
  let latest: Status | undefined;
  try {
    return await eventually('the status', async () => {
      latest = await running.host.service.status();
      return holds(latest) && latest;
    });
  } catch (error) {
    throw new Error(`not reached: ${JSON.stringify(latest)}`, { cause: error });
  }
}

export async function paired(t: Test, running: Running, name = 'a client'): Promise<TestClient> {
  const client = new TestClient(running.port);
  t.teardown(() => client.close());
  const pairing = client.pair('1234');
  await until(running, (status) => status.waiting_to_pair.length > 0);
  await running.api.post('/api/v1/pairing/approve', { pin: '1234', name });
  if ((await pairing) !== 'paired') throw new Error('not paired');
  return client;
}

/** The key of the latest launch: a host takes each key once. */
export const key = Buffer.alloc(16);
export const launch_parameters = {
  get rikey() {
    return randomFillSync(key).toString('hex');
  },
  rikeyid: '-5',
  mode: '1280x720x60',
  localAudioPlayMode: '0',
  corever: '1',
};

export async function launch(client: TestClient, path = '/launch'): Promise<string> {
  const appid = textOf(await client.https('/applist'), 'ID') ?? '';
  return client.https(path, { appid, ...launch_parameters });
}

export interface Spoken {
  edit?: (text: string) => string;
  /** In the clear without one. */
  key?: Buffer | undefined;
}

/** The recorded conversation of a stock client, told to this host request by request; yields the replies. */
export async function* conversation(running: Running, { edit = (text) => text, key }: Spoken): AsyncGenerator<string> {
  const recorded = rtsp_recording.sessions.find((session) => session.encrypted === (key !== undefined));
  let token = '';
  for (const [index, { request }] of (recorded?.messages ?? []).entries()) {
    const text = edit(request.replace(/^Session: .*$/m, `Session: ${token}`));
    const fixed = text.replace(
      /Content-length: \d+/,
      () => `Content-length: ${text.length - text.indexOf('\r\n\r\n') - 4}`,
    );
    const reply = await rtspRequest(running.port + 21, fixed, key, index + 1);
    token = /^Session: (.*?);/m.exec(reply)?.[1] ?? token;
    yield reply;
    if (!reply.startsWith('RTSP/1.0 200 ')) break;
  }
}

/** All of it, after the latest launch. */
export async function converse(running: Running, edit = (text: string) => text, sealed = true): Promise<string[]> {
  const replies: string[] = [];
  for await (const reply of conversation(running, { edit, key: sealed ? key : undefined })) replies.push(reply);
  return replies;
}
