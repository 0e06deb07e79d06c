// What streaming needs of this machine, looked at one by one. Each check says what it saw and, when something is missing, the command that
// mends it.

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import type { Config } from '../config/load.ts';
import { makeRuntimeDir, proveDataDir } from '../config/paths.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { type Ports, portsOf } from '../host.ts';
import { repair, serve_command } from '../installation.ts';
import { HostClient } from '../management/client.ts';
import type { Status } from '../management/schema.ts';
import { makeCheckpoint } from '../session/checkpoint.ts';
import type { StartMessage } from '../session/engine-messages.ts';
import { EngineProcess } from '../session/engine-process.ts';
import { ClientStore } from '../trust/clients.ts';
import { openIdentity } from '../trust/identity.ts';
import { type Check, missing, note, ok } from './check.ts';
import { checkDesktop } from './desktop-check.ts';
import { engineOptions, module_dir } from './engine.ts';
import {
  checkFirewall,
  checkGraphics,
  checkInput,
  checkNetwork,
  checkPriority,
  checkSound,
  checkVersions,
} from './machine-checks.ts';

const min_node = [24, 15] as const;
const encoder_names = ['x264', 'openh264'] as const;

export async function runChecks(config: Config): Promise<Check[]> {
  const running = await runningStatus(config);
  const desktop = await checkDesktop(config, running, process.env);
  return [
    checkVersions(),
    checkNode(),
    await attempt('data', () => checkDataDir(config)),
    await attempt('build', checkBuild),
    await attempt('engine', checkEngine),
    ...(running
      ? [ok('host', `running, process ${running.pid}`)]
      : [await checkPorts(portsOf(config.base_port), config.bind)]),
    desktop,
    checkGraphics(),
    await checkSound(process.env.XDG_RUNTIME_DIR ?? '', /its own desktop|embedded|test picture/.test(desktop.detail)),
    await attempt('priority', async () => checkPriority(await soundPriority())),
    checkInput(),
    checkNetwork(),
    checkFirewall(portsOf(config.base_port)),
  ];
}

/** A check that falls over is a line of the list like any other. */
async function attempt(name: string, check: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    const { message, cure } = error instanceof PunktfunkError ? error : { message: reasonOf(error), cure: repair };
    return missing(name, message, cure);
  }
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > min_node[0] || (major === min_node[0] && minor >= min_node[1]);
  const detail = `Node ${process.versions.node}`;
  return enough ? ok('node', detail) : missing('node', `${detail} is too old, ${min_node.join('.')} is needed`, repair);
}

function checkDataDir(config: Config): Check {
  const exists = existsSync(config.data_dir);
  proveDataDir(config.data_dir);
  if (!exists) return ok('data', `${config.data_dir} will be made at the first start`);
  if (existsSync(join(config.data_dir, 'identity.json'))) openIdentity(config.data_dir);
  const clients = ClientStore.open(config.data_dir).list().length;
  return ok('data', `${config.data_dir}, ${clients} paired clients`);
}

/** The addon and the encoder modules: each is loaded, in a process of its own, since a file that is there may lack its libraries. */
async function checkBuild(): Promise<Check> {
  const addon = join(module_dir, 'punktfunk_engine.node');
  const broken = await loadFailure(addon);
  if (broken) return missing('build', broken, repair);
  const outcomes = await Promise.all(
    encoder_names.map(async (name) => ({
      name,
      failure: await loadFailure(join(module_dir, `punktfunk_encoder_${name}.so`)),
    })),
  );
  const loaded = outcomes.filter(({ failure }) => failure === undefined).map(({ name }) => name);
  const failures = outcomes.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure}`] : [])).join('; ');
  if (loaded.length === 0) return missing('build', `no encoder loads (${failures})`, repair);
  const detail = `engine and encoders (${loaded.join(', ')})`;
  return failures === '' ? ok('build', detail) : note('build', `${detail}; ${failures}`, repair);
}

const load_script =
  'try { process.dlopen({ exports: {} }, process.argv[1]) } catch (error) { console.log(error.message) }';

/** Why the library cannot be loaded; undefined when it can. */
async function loadFailure(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return `${path} is missing`;
  const { exec_path, environment } = engineOptions();
  const child = spawn(exec_path, ['-e', load_script, path], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  // An encoder module is loaded whole before Node finds that it is no addon.
  if (/did not self-register/.test(said)) return undefined;
  const [first = ''] = said.split('\n');
  return child.exitCode === 0
    ? first || undefined
    : `loading ${path} ends the process (${child.signalCode ?? child.exitCode})`;
}

const priority_script = 'console.log(require(process.argv[1]).soundPriority())';

/** As an engine would get it: asked for in a process like one. */
async function soundPriority(): Promise<string> {
  const { exec_path, environment } = engineOptions();
  const addon = join(module_dir, 'punktfunk_engine.node');
  const child = spawn(exec_path, ['-e', priority_script, addon], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return said.trim();
}

/** A real engine that encodes a small painted picture: its libraries load and an encoder works. */
async function checkEngine(): Promise<Check> {
  let problem = '';
  const runtime = makeRuntimeDir(process.env);
  try {
    const engine = new EngineProcess({ ...engineOptions(), log: pino({ level: 'silent' }) }, (message) => {
      if (message.type === 'problem') problem = message.detail;
    });
    await engine.start(smallStream(makeCheckpoint(runtime.path, 'doctor').path));
    await engine.stop(0);
    return ok('engine', 'it starts, and its encoder works');
  } catch (error) {
    return missing('engine', problem || reasonOf(error), repair);
  } finally {
    runtime.remove();
  }
}

function smallStream(checkpoint_path: string): StartMessage {
  return {
    type: 'start',
    module_dir,
    checkpoint_path,
    bind_address: '127.0.0.1',
    video_port: 0,
    audio_port: 0,
    control_port: 0,
    client_address: '127.0.0.1',
    ping_payload: '',
    target: { kind: 'synthetic', moving: true },
    video: {
      width: 320,
      height: 240,
      fps: 30,
      bitrate_kbps: 1000,
      slices: 1,
      max_reference_frames: 0,
      colorspace: 'rec709',
      full_range: false,
      preset: 'superfast',
      packet_size: 1024,
      fec_percent: 20,
      min_parity_shards: 2,
      encrypt: false,
    },
    audio: null,
    control: {
      nonce_scheme: 'v2',
      connect_data: 1,
      require_connect_data: true,
      client_timeout_ms: 10_000,
      connect_timeout_ms: 10_000,
    },
    input: null,
    key_hex: '0'.repeat(32),
    rikey_id: 0,
  };
}

async function checkPorts(ports: Ports, address: string): Promise<Check> {
  const taken: string[] = [];
  for (const use of ['http', 'https', 'rtsp'] as const) {
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(ports[use], address, () => server.close(() => resolve(true)));
    });
    if (!free) taken.push(`TCP ${ports[use]}`);
  }
  for (const use of ['video', 'control', 'audio'] as const) {
    const socket = createSocket('udp4');
    const free = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind({ port: ports[use], address, exclusive: true }, () => socket.close(() => resolve(true)));
    });
    if (!free) taken.push(`UDP ${ports[use]}`);
  }
  if (taken.length === 0) return ok('ports', `${ports.https} to ${ports.rtsp} are free`);
  return missing(
    'ports',
    `taken by another program: ${taken.join(', ')}`,
    `stop that program, or choose other ports: ${serve_command} --base-port 50000`,
  );
}

async function runningStatus(config: Config): Promise<Status | undefined> {
  return new HostClient(config.data_dir).get<Status>('/v1/status').catch(() => undefined);
}
