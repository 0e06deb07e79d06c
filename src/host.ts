// The host, put together: trust, sessions, GameStream's servers, discovery and the API's two doors. Opened so that nothing is announced
// before it answers; closed in the reverse order.

import type { Server } from 'node:net';
import { join } from 'node:path';
import { outsideAddresses } from './addresses.ts';
import { BoxArt } from './apps/box-art.ts';
import type { LiveConfig } from './config/live.ts';
import { hostCommand, socketPath, version } from './config/paths.ts';
import { shownName } from './config/schema.ts';
import { lockDataDir } from './data-lock.ts';
import { type Announcer, keepAnnounced } from './discovery/announcer.ts';
import { runChecks } from './doctor/checks.ts';
import { reasonOf, toPunktfunkError } from './errors.ts';
import { logEvents } from './event-log.ts';
import { HostEvents } from './events.ts';
import { removeUnfinished } from './files.ts';
import { createHttpServers } from './gamestream/http.ts';
import { LaunchKeys } from './gamestream/launch.ts';
import { Pairing, type pairing_limits } from './gamestream/pairing.ts';
import { Conversations } from './gamestream/rtsp/conversations.ts';
import { createRtspServer } from './gamestream/rtsp/server.ts';
import { Strangers } from './gamestream/strangers.ts';
import type { Logger } from './log.ts';
import type { LogRing } from './log-ring.ts';
import { createConsoleDoor } from './management/console-door.ts';
import { openSocketDoor } from './management/socket-door.ts';
import { MeasurementLibrary } from './measurements/library.ts';
import { Measurements } from './measurements/measurements.ts';
import { Totals } from './metrics/totals.ts';
import { type Ports, portError, portsOf, refusedPorts, type StreamPorts, streamPorts } from './ports.ts';
import type { Library } from './recordings/library.ts';
import { openRecordings } from './recordings/open-recordings.ts';
import { consoleBind } from './service/console.ts';
import { HostService } from './service/host-service.ts';
import type { KnownCapabilities } from './session/capabilities.ts';
import { Preparations } from './session/preparation.ts';
import type { SessionsOptions } from './session/sessions.ts';
import { Sessions } from './session/sessions.ts';
import { AuditLog } from './trust/audit-log.ts';
import { ClientStore } from './trust/clients.ts';
import { Credentials } from './trust/credentials.ts';
import { type Identity, openIdentity } from './trust/identity.ts';
import { LastSeen } from './trust/last-seen.ts';

export interface HostOptions
  extends Pick<
    SessionsOptions,
    'openDisplay' | 'makeEngine' | 'previews' | 'module_dir' | 'runtime_dir' | 'app_environment'
  > {
  config: LiveConfig;
  log: Logger;
  /** Has the latest lines of that log. */
  logs: LogRing;
  capabilities: KnownCapabilities;
  /** The host is to end, though it still opens. */
  stopping?: AbortSignal;
  /** Given the service before anything can happen. */
  onService?: (service: HostService) => void;
  /** A person is asked for a PIN already at this moment: the log need not say what to type. */
  asksForPin?: () => boolean;
  /** What the doctor does. */
  examine?: typeof runChecks;
  /** What runs the measuring kit. */
  kit?: readonly string[];
  session_limits?: SessionsOptions['limits'];
  app_limits?: SessionsOptions['app_limits'];
  pairing_limits?: typeof pairing_limits;
}

export interface Host {
  readonly ports: Ports;
  readonly display: string | undefined;
  readonly service: HostService;
  /** Ends streams, servers and desktop. Idempotent. */
  close(): Promise<void>;
}

/** What the rooms of one host share. */
interface Parts {
  ports: Ports;
  identity: Identity;
  credentials: Credentials;
  audit: AuditLog;
  clients: ClientStore;
  box_art: BoxArt;
  last_seen: LastSeen;
  events: HostEvents;
  strangers: Strangers;
  pairing: Pairing;
  sessions: Sessions;
  totals: Totals;
  recordings: Library;
}

/** What is closed when the host ends, the latest first; one that fails is told and keeps none from closing. */
class Closers {
  readonly #stack = new AsyncDisposableStack();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(close: () => Promise<unknown>): void {
    this.#stack.defer(() =>
      close().then(
        () => {},
        (error: unknown) => this.#log.warn({ err: error }, reasonOf(error)),
      ),
    );
  }

  closeAll(): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Opens everything. On failure everything opened so far is closed and a PunktfunkError says what was in the way. */
export async function openHost(options: HostOptions): Promise<Host> {
  const closers = new Closers(options.log);
  try {
    return await openParts(options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function openParts(options: HostOptions, closers: Closers): Promise<Host> {
  const config = options.config.current;
  const socket = socketPath(config.data_dir);
  const lock = await lockDataDir(config.data_dir);
  closers.add(async () => lock.release());
  removeUnfinished(config.data_dir);
  const parts = await makeParts(options, closers);
  const announcement = new Announcement(options, parts.ports);
  const service = new HostService({
    ...parts,
    measurements: openMeasurements(options, parts, closers),
    config,
    capabilities: options.capabilities,
    live: options.config,
    isAnnounced: () => announcement.is_heard,
    log: options.log,
    logs: options.logs,
    examine: options.examine ?? runChecks,
  });
  closers.add(async () => service.access.close());
  options.onService?.(service);
  logEvents(parts.events, {
    log: options.log,
    say: parts.strangers.say.bind(parts.strangers),
    pair_command: hostCommand(config.data_dir, 'pair PIN'),
    isAsked: options.asksForPin,
  });
  void options.capabilities(); // tried while the rest is opened
  // Ports first: a port that is taken is told before a desktop has been started for nothing.
  await openPlane(options, parts, closers);
  // Clients are answered from here on. Probing the network for the name takes a second, in which the rest is opened.
  announcement.follow();
  closers.add(() => announcement.close());
  options.config.onChange((changed) => {
    if (changed.includes('discovery')) announcement.follow();
  });
  await openConsole(options, parts, service, closers);
  const management = await openSocketDoor(socket, service, options.log);
  closers.add(() => management.close());
  const display = await openDesktop(options, parts.sessions);
  parts.sessions.settle();
  return { ports: parts.ports, display, service, close: () => closers.closeAll() };
}

async function makeParts(options: HostOptions, closers: Closers): Promise<Parts> {
  const { log } = options;
  const config = options.config.current;
  const ports = portsOf(config.base_port);
  const identity = openIdentity(config.data_dir);
  const clients = ClientStore.open(config.data_dir);
  const credentials = Credentials.open(config.data_dir, log);
  const box_art = new BoxArt(config.data_dir, log);
  const last_seen = new LastSeen(config.data_dir, log);
  closers.add(async () => last_seen.write());
  const audit = new AuditLog(config.data_dir, log);
  closers.add(async () => audit.close());
  // The engine opens these per stream; that they are free is known now, not at the first launch.
  const refusedStreamPorts = (of_stream: StreamPorts) =>
    refusedPorts({ ...ports, ...of_stream }, config.bind, ['video', 'control', 'audio']);
  const [refused] = await refusedStreamPorts(ports);
  if (refused) throw refused.error;

  const events = new HostEvents(log);
  const totals = new Totals(events);
  const recordings = openRecordings(config.data_dir, version, events, log);
  closers.add(() => recordings.close());
  const strangers = new Strangers(log);
  closers.add(async () => strangers.close());
  const pairing = new Pairing({
    identity,
    store: (certificate, name) => clients.add(certificate, name),
    onEvent: (event) => events.tell(event),
    ...(options.pairing_limits ? { limits: options.pairing_limits } : {}),
  });
  closers.add(async () => pairing.close());
  const sessions = new Sessions({
    settings: config,
    ports: streamPorts(ports),
    refusedPort: async (of_stream) => (await refusedStreamPorts(of_stream))[0]?.error,
    log,
    events,
    openDisplay: options.openDisplay,
    makeEngine: options.makeEngine,
    previews: options.previews,
    module_dir: options.module_dir,
    runtime_dir: options.runtime_dir,
    app_environment: options.app_environment,
    preparations: new Preparations({ data_dir: config.data_dir, app_environment: options.app_environment, log }),
    isTrusted: clients.has.bind(clients),
    rightsOf: clients.rightsOf.bind(clients),
    ...(options.session_limits ? { limits: options.session_limits } : {}),
    ...(options.app_limits ? { app_limits: options.app_limits } : {}),
  });
  closers.add(() => sessions.close());
  return {
    ports,
    identity,
    clients,
    credentials,
    audit,
    box_art,
    last_seen,
    events,
    strangers,
    pairing,
    sessions,
    totals,
    recordings: recordings.library,
  };
}

function openMeasurements(
  { config, log, kit }: HostOptions,
  { events, sessions, pairing }: Parts,
  closers: Closers,
): Measurements {
  const measurements = new Measurements({
    events,
    log,
    version,
    library: new MeasurementLibrary(join(config.current.data_dir, 'measurements')),
    whoStreams: () => whoStreams(sessions, pairing),
    command: kit,
  });
  closers.add(() => measurements.close());
  return measurements;
}

/** As the beginning of a sentence; undefined: nobody does, or asks to. */
function whoStreams(sessions: Sessions, pairing: Pairing): string | undefined {
  const [session] = sessions.list();
  if (session) return `${session.named.client.name} streams`;
  return pairing.waiting().length > 0 ? 'A client asks to pair' : undefined;
}

/** GameStream's servers. */
async function openPlane(options: HostOptions, parts: Parts, closers: Closers): Promise<void> {
  const { capabilities, log } = options;
  const config = options.config.current;
  const { ports } = parts;
  const conversations = new Conversations(config, capabilities);
  const { http, https } = createHttpServers({
    ...parts,
    conversations,
    settings: config,
    launch_keys: new LaunchKeys(),
    capabilities,
    log,
  });
  const rtsp = createRtspServer({ ...parts, conversations, log });
  closers.add(() => http.close());
  closers.add(() => https.close());
  closers.add(() => closeServer(rtsp));
  for (const [use, listen] of [
    ['rtsp', () => listenTcp(rtsp.server, ports.rtsp, config.bind)],
    ['https', () => https.listen({ port: ports.https, host: config.bind })],
    ['http', () => http.listen({ port: ports.http, host: config.bind })],
  ] as const) {
    await listen().catch((error: unknown) => {
      throw portError(error, use, ports, config.bind);
    });
  }
}

/** Tells the network of this host while the setting says so, one step after the other. */
class Announcement {
  readonly #options: HostOptions;
  readonly #ports: Ports;
  #announcer: Announcer | undefined;
  #step: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: HostOptions, ports: Ports) {
    this.#options = options;
    this.#ports = ports;
  }

  get is_heard(): boolean {
    return this.#announcer?.announced ?? false;
  }

  /** As the setting is now. */
  follow(): void {
    this.#step = this.#step.then(async () => {
      const { config, log } = this.#options;
      const { bind, discovery } = config.current;
      const wanted = discovery && !bind.startsWith('127.') && !this.#closed;
      if (!wanted) {
        const announcer = this.#announcer;
        this.#announcer = undefined;
        await announcer?.close().catch((error: unknown) => log.warn({ err: error }, reasonOf(error)));
      } else
        this.#announcer ??= keepAnnounced({
          name: () => shownName(config.current),
          port: this.#ports.http,
          address: bind === '0.0.0.0' ? undefined : bind,
          addresses: () => outsideAddresses(bind),
          log,
        });
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.follow();
    return this.#step;
  }
}

/** The door for browsers and scripts. */
async function openConsole(
  options: HostOptions,
  { ports, identity, strangers }: Parts,
  service: HostService,
  closers: Closers,
): Promise<void> {
  const bind = consoleBind(options.config.current);
  if (bind === undefined) return;
  const server = createConsoleDoor({ service, identity, strangers, log: options.log, port: ports.console });
  closers.add(() => server.close());
  await server.listen({ port: ports.console, host: bind }).catch((error: unknown) => {
    throw portError(error, 'console', ports, bind);
  });
}

/** A desktop that cannot be opened now may be there at the first launch; pairing works without. Undefined then. */
async function openDesktop({ log, stopping }: HostOptions, sessions: Sessions): Promise<string | undefined> {
  // A desktop that takes long, or hangs, keeps no host from ending.
  const giveUp = () =>
    sessions.close().catch((error: unknown) => log.warn({ event: 'display_not_closed', err: error }, reasonOf(error)));
  if (stopping?.aborted) void giveUp();
  else stopping?.addEventListener('abort', () => void giveUp());
  const display = await sessions.openDisplay().catch((error: unknown) => {
    if (!stopping?.aborted) log.warn({ event: 'no_display' }, toPunktfunkError(error).advice);
    return undefined;
  });
  return display?.description;
}

function listenTcp(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
}

function closeServer({ server, endConnections }: ReturnType<typeof createRtspServer>): Promise<void> {
  return new Promise((resolve) => {
    endConnections();
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}
