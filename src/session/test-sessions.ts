// Sessions in this process for tests: the stand-in engine, a desktop made of callbacks, and everything that was logged.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Test } from 'tap';
import type { Display } from '../display/display.ts';
import { package_root } from '../installation.ts';
import { app_limits } from './app-process.ts';
import '../test-children.ts'; // the limit of a file that starts programs
import { EngineProcess, engine_limits } from './engine-process.ts';
import type { Behaviour } from './fake-engine.ts';
import type { StreamRequest } from './plan.ts';
import { type Launch, session_limits } from './session.ts';
import { type RunnableApp, Sessions, type SessionsOptions } from './sessions.ts';
import { syntheticDisplay } from './synthetic-display.ts';

export const request: StreamRequest = {
  width: 1280,
  height: 720,
  fps: 60,
  refresh_x100: 6000,
  packet_size: 1392,
  configured_bitrate_kbps: 20_000,
  maximum_bitrate_kbps: 16_000,
  min_parity_shards: 2,
  slices: 1,
  max_reference_frames: 1,
  codec: 0,
  chroma_444: false,
  ten_bit: false,
  csc_mode: 0,
  audio_channels: 2,
  audio_packet_ms: 5,
  audio_high_quality: false,
  encrypt_control_v2: true,
  encrypt_video: false,
  encrypt_audio: false,
  encrypted_control: true,
  binds_session: true,
};

export const desktop: RunnableApp = { id: 1, title: 'Desktop' };
export const program = (...command: string[]): RunnableApp => ({ id: 2, title: 'Program', command });

/** A launch by `client`; a new key each time, as clients make one. */
export function launchBy(client: string): Omit<Launch, 'app'> {
  return {
    client: { id: client, name: client, fingerprint: `certificate of ${client}` },
    client_address: '127.0.0.1',
    host_address: '127.0.0.1',
    key: Buffer.alloc(16, 1),
    rikey_id: 1,
    encrypted_rtsp: true,
    may_change_mode: true,
    host_audio: undefined,
  };
}

/** A folder of the test's own; not in the checkout, which may be another user's. */
export function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'pf-sessions-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface LogLine {
  level: number;
  event?: string;
  msg: string;
  [name: string]: unknown;
}

export interface Rig {
  sessions: Sessions;
  logged: LogLine[];
  /** What the engines were told, in order. */
  told(): { type: string; life: number; [name: string]: unknown }[];
  runtime_dir: string;
  /** As the host does it: off the list, then revoked. */
  unpair(client: string): Promise<void>;
  /** How often a desktop was opened. */
  opened: () => number;
  /** How many engines were forked. */
  engines: () => number;
  /** Resolves once `holds`; throws after a while, with the log. */
  until(what: string, holds: () => boolean): Promise<void>;
}

export interface RigSetting extends Partial<Pick<SessionsOptions, 'openDisplay'>> {
  engine?: Behaviour;
  /** So many engines can be forked; then memory is short. */
  forks?: number;
  limits?: Partial<typeof session_limits>;
  engine_limits?: Partial<typeof engine_limits>;
  display?: Partial<Display>;
  app_limits?: Partial<typeof app_limits>;
}

const deadline_ms = 120_000;
const recheck_ms = 5;

export function rig(t: Test, setting: RigSetting = {}): Rig {
  const runtime_dir = mkdtempSync(join(tmpdir(), 'pf-sessions-'));
  const engine_log = join(runtime_dir, 'engine.log');
  const logged: LogLine[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const distrusted = new Set<string>();
  const trusted = (fingerprint: string) => !distrusted.has(fingerprint);
  let opened = 0;
  let engines = 0;
  const sessions = new Sessions({
    settings: {
      bind: '127.0.0.1',
      fec_percent: 20,
      encoder_preset: 'superfast',
      encryption: 'offered',
      keyboard_layout: '',
    },
    ports: { video: 1, audio: 2, control: 3 },
    module_dir: '/nowhere',
    runtime_dir,
    app_environment: { PATH: process.env.PATH },
    log,
    is_trusted: (fingerprint) => trusted(fingerprint),
    limits: { ...session_limits, ...setting.limits },
    app_limits: { ...app_limits, look_ms: 20, handed_over_ms: 0, ...setting.app_limits },
    openDisplay: async () => {
      opened += 1;
      return setting.openDisplay ? setting.openDisplay() : { ...syntheticDisplay(), ...setting.display };
    },
    makeEngine: (_, onMessage) => {
      if (engines === setting.forks) throw new Error('spawn ENOMEM');
      engines += 1;
      return new EngineProcess(
        {
          exec_path: process.execPath,
          module_path: join(package_root, 'src/session/fake-engine.ts'),
          environment: { FAKE_ENGINE: JSON.stringify(setting.engine ?? {}), FAKE_ENGINE_LOG: engine_log },
          log,
          limits: { ...engine_limits, ...setting.engine_limits },
        },
        onMessage,
      );
    },
  });
  t.teardown(async () => {
    await sessions.close();
    rmSync(runtime_dir, { recursive: true, force: true });
  });
  return {
    sessions,
    logged,
    runtime_dir,
    opened: () => opened,
    engines: () => engines,
    unpair: (client) => {
      const { fingerprint } = launchBy(client).client;
      distrusted.add(fingerprint);
      return sessions.revoke(fingerprint);
    },
    told: () =>
      existsSync(engine_log)
        ? readFileSync(engine_log, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line))
        : [],
    async until(what, holds) {
      const deadline = performance.now() + deadline_ms;
      while (!holds()) {
        if (performance.now() > deadline)
          throw new Error(`${what}: not reached. Log: ${logged.map(({ msg }) => msg).join(' | ')}`);
        await new Promise((resolve) => setTimeout(resolve, recheck_ms));
      }
    },
  };
}
