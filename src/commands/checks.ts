// What streaming needs of this machine, looked at one by one. Each check says what it saw and, when something is missing, the command that
// mends it.

import { createSocket } from 'node:dgram';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../config/load.ts';
import { makeRuntimeDir, prepareDataDir } from '../config/paths.ts';
import { findProgram, needed_programs } from '../display/embedded.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { type Ports, portsOf } from '../host.ts';
import { HostClient } from '../management/client.ts';
import type { Status } from '../management/schema.ts';
import { makeCheckpoint } from '../session/checkpoint.ts';
import type { StartMessage } from '../session/engine-messages.ts';
import { EngineProcess } from '../session/engine-process.ts';
import { ClientStore } from '../trust/clients.ts';
import { openIdentity } from '../trust/identity.ts';
import { engineOptions, module_dir } from './engine.ts';

export interface Check {
  /** Short and stable, for scripts. */
  name: string;
  /** `missing` stops streaming; `note` is worth knowing. */
  state: 'ok' | 'missing' | 'note';
  /** What was seen. */
  detail: string;
  /** What to do; empty when there is nothing to do. */
  cure: string;
}

type Packages = 'debian' | 'fedora' | 'ostree' | 'unknown';

const min_node = [24, 15] as const;

export async function runChecks(config: Config): Promise<Check[]> {
  const packages = packageSystem();
  const running = await runningStatus(config);
  return [
    checkNode(),
    checkDataDir(config),
    checkBuild(),
    await checkEngine(),
    ...(running ? [ok('host', `running, process ${running.pid}: ${running.display ?? 'without a desktop'}`)] : []),
    ...(running ? [] : [await checkPorts(portsOf(config.base_port), config.bind)]),
    checkDesktop(config, packages),
    ...checkSound(config),
    checkInput(),
    firewallNote(portsOf(config.base_port)),
  ];
}

const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail, cure: '' });

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > min_node[0] || (major === min_node[0] && minor >= min_node[1]);
  const detail = `Node ${process.versions.node}`;
  return enough
    ? ok('node', detail)
    : {
        name: 'node',
        state: 'missing',
        detail: `${detail} is too old, ${min_node.join('.')} is needed`,
        cure: 'npm run setup',
      };
}

function checkDataDir(config: Config): Check {
  try {
    if (!existsSync(config.data_dir)) return ok('data', `${config.data_dir} will be made at the first start`);
    prepareDataDir(config.data_dir);
    if (existsSync(join(config.data_dir, 'identity.json'))) openIdentity(config.data_dir);
    const clients = ClientStore.open(config.data_dir).list().length;
    return ok('data', `${config.data_dir}, ${clients} paired clients`);
  } catch (error) {
    const { message, cure } = error instanceof PunktfunkError ? error : { message: reasonOf(error), cure: '' };
    return { name: 'data', state: 'missing', detail: message, cure };
  }
}

function checkBuild(): Check {
  const addon = join(module_dir, 'punktfunk_engine.node');
  if (!existsSync(addon))
    return { name: 'build', state: 'missing', detail: `${addon} is not built`, cure: 'npm run setup' };
  const encoders = ['x264', 'openh264'].filter((name) => existsSync(join(module_dir, `punktfunk_encoder_${name}.so`)));
  return encoders.length > 0
    ? ok('build', `engine and encoders (${encoders.join(', ')})`)
    : { name: 'build', state: 'missing', detail: 'no encoder is built', cure: 'npm run setup' };
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
    const detail = problem || reasonOf(error);
    return { name: 'engine', state: 'missing', detail, cure: 'npm run setup' };
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
  return {
    name: 'ports',
    state: 'missing',
    detail: `taken by another program: ${taken.join(', ')}`,
    cure: 'stop that program, or choose other ports: punktfunk-host serve --base-port 50000',
  };
}

const fedora_names: Readonly<Record<string, string>> = {
  'dbus-daemon': 'dbus-daemon',
  pipewire: 'pipewire',
  wireplumber: 'wireplumber',
  sway: 'sway',
  setpriv: 'util-linux',
};

function checkDesktop(config: Config, packages: Packages): Check {
  if (config.display === 'synthetic') return ok('desktop', 'a test picture is streamed');
  const session = process.env.WAYLAND_DISPLAY;
  if (session && config.display !== 'embedded') return ok('desktop', `the Wayland session ${session}`);
  if (config.display === 'session') {
    return {
      name: 'desktop',
      state: 'missing',
      detail: 'WAYLAND_DISPLAY is not set',
      cure: 'run this inside the Wayland session that is to be streamed',
    };
  }
  const missing = Object.keys(needed_programs).filter((program) => !findProgram(program));
  if (missing.length === 0) {
    const root = process.getuid?.() === 0;
    return root
      ? {
          name: 'desktop',
          state: 'note',
          detail: 'its own desktop, which does not run as root',
          cure: 'npm start runs the host as an ordinary user',
        }
      : ok('desktop', 'no Wayland session; the host starts its own desktop (sway)');
  }
  return {
    name: 'desktop',
    state: 'missing',
    detail: `no Wayland session, and its own desktop lacks ${missing.join(', ')}`,
    cure: install(missing, packages),
  };
}

function install(programs: readonly string[], packages: Packages): string {
  const debian = [...new Set(programs.map((program) => needed_programs[program] ?? program))].join(' ');
  const fedora = [...new Set(programs.map((program) => fedora_names[program] ?? program))].join(' ');
  switch (packages) {
    case 'debian':
      return `sudo apt-get install --no-install-recommends ${debian}`;
    case 'fedora':
      return `sudo dnf install ${fedora}`;
    case 'ostree':
      return `use an image that has ${fedora}, or: rpm-ostree install ${fedora}`;
    default:
      return `install ${debian} (Debian's names)`;
  }
}

function checkSound(config: Config): Check[] {
  if (config.display === 'synthetic' || config.display === 'embedded' || !process.env.WAYLAND_DISPLAY) return []; // it brings its own
  const runtime = process.env.PIPEWIRE_RUNTIME_DIR ?? process.env.XDG_RUNTIME_DIR ?? '';
  const socket = join(runtime, process.env.PIPEWIRE_REMOTE ?? 'pipewire-0');
  if (existsSync(socket)) return [ok('sound', `PipeWire at ${socket}`)];
  return [
    {
      name: 'sound',
      state: 'note',
      detail: `no PipeWire at ${socket}: streams are silent`,
      cure: 'systemctl --user enable --now pipewire wireplumber',
    },
  ];
}

function checkInput(): Check {
  const uinput = '/dev/uinput';
  try {
    accessSync(uinput, constants.W_OK);
    return ok('input', 'keyboard and pointer through the desktop; game pads are not supported yet');
  } catch {
    return {
      name: 'input',
      state: 'note',
      detail: `keyboard and pointer go through the desktop; ${uinput} is not needed for them`,
      cure: '',
    };
  }
}

function firewallNote(ports: Ports): Check {
  const { https, http, rtsp, video, control, audio } = ports;
  return {
    name: 'firewall',
    state: 'note',
    detail: `clients need TCP ${https}, ${http}, ${rtsp} and UDP ${video}, ${control}, ${audio}, and UDP 5353 to find the host`,
    cure: '',
  };
}

async function runningStatus(config: Config): Promise<Status | undefined> {
  return new HostClient(config.data_dir).get<Status>('/v1/status').catch(() => undefined);
}

function packageSystem(): Packages {
  if (existsSync('/run/ostree-booted')) return 'ostree';
  let release = '';
  try {
    release = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return 'unknown';
  }
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map((match) => match[1]).join(' ');
  if (/\bdebian\b/.test(ids)) return 'debian';
  return /\b(fedora|rhel)\b/.test(ids) ? 'fedora' : 'unknown';
}
