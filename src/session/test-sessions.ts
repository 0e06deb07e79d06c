// Sessions in this process for tests: the stand-in engine, a desktop made of callbacks, and everything that was logged.

import { pino } from 'pino';
import type { Test } from 'tap';
import type { ListedApp } from '../config/app.ts';
import type { Display } from '../display/display.ts';
import { logEvents } from '../event-log.ts';
import { type HostEvent, HostEvents, type SessionReport } from '../events.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { one_output, testDisplay } from '../display/test-display.ts';
import { all_rights } from '../trust/clients.ts';
import { app_limits } from './app-process.ts';
import type { EngineProcess, engine_limits } from './engine-process.ts';
import type { Behaviour } from './fake-engine.ts';
import { Preparations } from './preparation.ts';
import { Previews } from './previews.ts';
import { type Launch, type Session, session_limits } from './session.ts';
import { Sessions, type SessionsOptions } from './sessions.ts';
import { type Told, testEngines } from './test-engine.ts';

export { plan } from './test-plan.ts';

export const desktop: ListedApp = { id: 1, title: 'Desktop' };
export const program = (...command: string[]): ListedApp => ({ id: 2, title: 'Program', command });

/** A launch by `client`. */
export function launchBy(client: string): Omit<Launch, 'app'> {
  return {
    client: { id: client, name: client, fingerprint: `certificate of ${client}` },
    client_address: '127.0.0.1',
    host_address: '127.0.0.1',
    may_change_mode: true,
    host_audio: undefined,
  };
}

export interface LogLine {
  level: number;
  event?: string;
  msg: string;
  [name: string]: unknown;
}

export interface Rig {
  sessions: Sessions;
  /** The first application that runs. */
  app: () => ListedApp | undefined;
  /** The first stream that is on. */
  session: () => Session | undefined;
  logged: LogLine[];
  /** What happened, in order. */
  events: HostEvent[];
  /** What the engines reported, in order. */
  reports: SessionReport[];
  /** What the engines were told, in order. */
  told(): Told[];
  runtime_dir: string;
  /** As the host does it: off the list, then revoked. */
  unpair(client: string): Promise<void>;
  /** How often a desktop was opened. */
  opened: () => number;
  /** How many engines were forked for streams. */
  engines: () => number;
  /** One for nobody's stream. */
  makeEngine(): EngineProcess;
  /** Resolves once `holds`; throws after a while, with the log. */
  until(what: string, holds: () => boolean): Promise<void>;
}

export interface RigSetting extends Partial<Pick<SessionsOptions, 'openDisplay' | 'refusedPort' | 'rightsOf'>> {
  engine?: Behaviour;
  /** So many engines can be forked; then memory is short. */
  forks?: number;
  /** So many of the first engines are killed as soon as they are forked. */
  killed?: number;
  limits?: Partial<typeof session_limits>;
  engine_limits?: Partial<typeof engine_limits>;
  display?: Partial<Display>;
  app_limits?: Partial<typeof app_limits>;
}

/** All that a host tells, kept: what was logged, what happened, what engines reported. */
function listen() {
  const logged: LogLine[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const events = new HostEvents(log);
  const told_events: HostEvent[] = [];
  events.subscribe((event) => told_events.push(event));
  const reports: SessionReport[] = [];
  events.reports.subscribe((report) => reports.push(report));
  logEvents(events, { log, say: (level, fields, sentence) => log[level](fields, sentence), pair_command: '' });
  return { logged, log, events, told_events, reports };
}

export function rig(t: Test, setting: RigSetting = {}): Rig {
  const runtime_dir = folder(t);
  const { logged, log, events, told_events, reports } = listen();
  const distrusted = new Set<string>();
  let opened = 0;
  let engines = 0;
  const { engine, engine_limits: limits } = setting;
  const stand_ins = testEngines(runtime_dir, { log, ...(engine && { behaviour: engine }), ...(limits && { limits }) });
  const sessions = new Sessions({
    settings: {
      bind: '127.0.0.1',
      encoder_crf: 20,
      encoder_preset: 'superfast',
      keyboard_layout: '',
      gamepad: 'auto',
    },
    ports: Array.from({ length: 4 }, (_, place) => ({
      video: 3 * place + 1,
      control: 3 * place + 2,
      audio: 3 * place + 3,
    })),
    refusedPort: setting.refusedPort ?? (async () => undefined),
    module_dir: '/nowhere',
    runtime_dir,
    app_environment: { PATH: process.env.PATH },
    preparations: new Preparations({ data_dir: runtime_dir, app_environment: { PATH: process.env.PATH }, log }),
    log,
    events,
    isTrusted: (fingerprint) => !distrusted.has(fingerprint),
    rightsOf: setting.rightsOf ?? (() => all_rights),
    limits: { ...session_limits, ...setting.limits },
    app_limits: { ...app_limits, look_ms: 20, handed_over_ms: 0, ...setting.app_limits },
    openDisplay: async (signal) => {
      opened += 1;
      return setting.openDisplay ? setting.openDisplay(signal) : testDisplay({ ...one_output, ...setting.display });
    },
    previews: new Previews({ fork: (environment) => stand_ins.makeEngine({ environment }, () => {}) }),
    makeEngine: (display, onMessage) => {
      if (engines === setting.forks) throw new Error('spawn ENOMEM');
      engines += 1;
      const made = stand_ins.makeEngine(display, onMessage);
      if (engines <= (setting.killed ?? 0)) process.kill(made.pid as number, 'SIGKILL');
      return made;
    },
  });
  t.teardown(() => sessions.close());
  return {
    sessions,
    app: () => sessions.apps()[0]?.app,
    session: () => sessions.list()[0],
    logged,
    events: told_events,
    reports,
    runtime_dir,
    opened: () => opened,
    engines: () => engines,
    makeEngine: () => stand_ins.makeEngine({ environment: {} }, () => {}),
    unpair: (client) => {
      const { fingerprint } = launchBy(client).client;
      distrusted.add(fingerprint);
      return sessions.revoke(fingerprint, 'the client was unpaired');
    },
    told: stand_ins.told,
    async until(what, holds) {
      await eventually(what, holds).catch((error: Error) => {
        throw new Error(`${error.message}. Log: ${logged.map(({ msg }) => msg).join(' | ')}`);
      });
    },
  };
}
