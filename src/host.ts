// The host, put together: trust, sessions, GameStream's servers, discovery and the management socket. Opened so that nothing is announced
// before it answers; closed in the reverse order.

import type { Server } from 'node:net';
import { outsideAddresses, usableAddresses } from './addresses.ts';
import type { Config } from './config/load.ts';
import { hostCommand, socketPath, version } from './config/paths.ts';
import { shownName } from './config/schema.ts';
import { lockDataDir } from './data-lock.ts';
import { type Announcer, keepAnnounced } from './discovery/announcer.ts';
import { PunktfunkError, reasonOf, toPunktfunkError } from './errors.ts';
import { listApps } from './gamestream/apps.ts';
import { createHttpServers } from './gamestream/http.ts';
import { LaunchKeys } from './gamestream/launch.ts';
import { Pairing, type PairingEvent, type pairing_limits } from './gamestream/pairing.ts';
import { createRtspServer } from './gamestream/rtsp/server.ts';
import { Strangers } from './gamestream/strangers.ts';
import type { Logger } from './log.ts';
import type { ClientSummary, Status } from './management/schema.ts';
import { openManagement } from './management/server.ts';
import { type Ports, portError, portsOf, refusedPorts } from './ports.ts';
import type { SessionsOptions } from './session/sessions.ts';
import { Sessions } from './session/sessions.ts';
import { type Client, ClientStore } from './trust/clients.ts';
import { openIdentity } from './trust/identity.ts';

export interface HostOptions
  extends Pick<SessionsOptions, 'openDisplay' | 'makeEngine' | 'module_dir' | 'runtime_dir' | 'app_environment'> {
  config: Config;
  log: Logger;
  /** The host is to end, though it still opens. */
  stopping?: AbortSignal;
  /** Hears what happens in pairing; true: somebody is asked for the PIN already. */
  onPairing?: (event: PairingEvent, pairing: Pairing) => boolean;
  session_limits?: SessionsOptions['limits'];
  app_limits?: SessionsOptions['app_limits'];
  pairing_limits?: typeof pairing_limits;
}

export interface Host {
  readonly ports: Ports;
  readonly display: string | undefined;
  status(): Promise<Status>;
  /** Ends streams, servers and desktop. Idempotent. */
  close(): Promise<void>;
}

/** Opens everything. On failure everything opened so far is closed and a PunktfunkError says what was in the way. */
export async function openHost(options: HostOptions): Promise<Host> {
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse())
      await close().catch((error: unknown) => options.log.warn({ err: error }, reasonOf(error)));
  };
  try {
    return await openParts(options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openParts(
  options: HostOptions,
  closers: (() => Promise<unknown>)[],
  closeAll: () => Promise<void>,
): Promise<Host> {
  const { config, log } = options;
  const socket = socketPath(config.data_dir);
  const lock = await lockDataDir(config.data_dir);
  closers.push(async () => lock.release());

  const ports = portsOf(config.base_port);
  const identity = openIdentity(config.data_dir);
  const clients = ClientStore.open(config.data_dir);
  const apps = listApps(config.apps);
  // The engine opens these per stream; that they are free is known now, not at the first launch.
  const [refused] = await refusedPorts(ports, config.bind, ['video', 'control', 'audio']);
  if (refused) throw refused.error;

  const strangers = new Strangers(log);
  closers.push(async () => strangers.close());
  const pairing: Pairing = new Pairing({
    identity,
    store: (certificate, name) => clients.add(certificate, name),
    onEvent: (event) =>
      tellPairing(
        event,
        options.onPairing?.(event, pairing) ?? false,
        hostCommand(config.data_dir, 'pair PIN'),
        log,
        strangers,
      ),
    ...(options.pairing_limits ? { limits: options.pairing_limits } : {}),
  });
  closers.push(async () => pairing.close());
  const sessions = new Sessions({
    settings: config,
    ports,
    log,
    openDisplay: options.openDisplay,
    makeEngine: options.makeEngine,
    module_dir: options.module_dir,
    runtime_dir: options.runtime_dir,
    app_environment: options.app_environment,
    is_trusted: (fingerprint) => clients.has(fingerprint),
    ...(options.session_limits ? { limits: options.session_limits } : {}),
    ...(options.app_limits ? { app_limits: options.app_limits } : {}),
  });
  closers.push(() => sessions.close());

  // Ports first: a port that is taken is told before a desktop has been started for nothing.
  const { http, https } = createHttpServers({
    encryption: config.encryption,
    name: () => shownName(config),
    ports,
    identity,
    clients,
    pairing,
    sessions,
    apps,
    strangers,
    launch_keys: new LaunchKeys(),
    log,
  });
  const rtsp = createRtspServer({ ports, encryption: config.encryption, sessions, strangers, log });
  closers.push(
    () => http.close(),
    () => https.close(),
  );
  closers.push(() => closeServer(rtsp));
  for (const [use, listen] of [
    ['rtsp', () => listenTcp(rtsp.server, ports.rtsp, config.bind)],
    ['https', () => https.listen({ port: ports.https, host: config.bind })],
    ['http', () => http.listen({ port: ports.http, host: config.bind })],
  ] as const) {
    await listen().catch((error: unknown) => {
      throw portError(error, use, ports, config.bind);
    });
  }

  // Clients are answered from here on. Probing the network for the name takes a second, in which the rest is opened.
  let announcer: Announcer | undefined;
  if (config.discovery && !config.bind.startsWith('127.')) {
    announcer = keepAnnounced({
      name: () => shownName(config),
      port: ports.http,
      address: config.bind === '0.0.0.0' ? undefined : config.bind,
      addresses: () => outsideAddresses(config.bind),
      log,
    });
    closers.push(announcer.close.bind(announcer));
  }
  const summary = (client: Client): ClientSummary => ({
    id: client.id,
    name: client.name,
    paired_at: client.paired_at,
    fingerprint: client.fingerprint,
    streaming:
      sessions.current?.phase === 'streaming' && sessions.current.launch.client.fingerprint === client.fingerprint,
  });
  const status = async (): Promise<Status> => {
    const display = await sessions.describeDisplay();
    return {
      version,
      pid: process.pid,
      name: shownName(config),
      uptime_s: Math.round(process.uptime()),
      memory_mb: Math.round(process.memoryUsage.rss() / 1e6),
      addresses: usableAddresses(config.bind),
      ports,
      display: display?.description ?? null,
      display_kind: display?.kind ?? null,
      display_trouble: display?.trouble ?? null,
      announced: announcer?.announced ?? false,
      app: sessions.running ? { id: sessions.running.id, title: sessions.running.title } : null,
      session: sessions.current?.describe() ?? null,
      waiting_to_pair: pairing.waiting(),
      paired_clients: clients.list().length,
      strangers: { ...strangers.counts },
    };
  };
  const management = await openManagement(socket, {
    status,
    clients: () => clients.list().map(summary),
    pair: ({ pin, name, address }) => pairing.givePin(pin, name ?? '', address),
    async unpair(id) {
      const client = clients.list().find((candidate) => candidate.id === id);
      if (!client) throw new PunktfunkError('CLIENT_UNKNOWN', { id });
      const was = summary(client);
      clients.remove(id);
      await sessions.revoke(client.fingerprint);
      log.info({ event: 'unpaired', client: client.name }, `${client.name}: no longer paired`);
      return was;
    },
  });
  closers.push(() => management.close());

  // A desktop that takes long, or hangs, keeps no host from ending.
  const { stopping } = options;
  const giveUp = () =>
    sessions.close().catch((error: unknown) => log.warn({ event: 'display_not_closed', err: error }, reasonOf(error)));
  if (stopping?.aborted) void giveUp();
  else stopping?.addEventListener('abort', () => void giveUp());
  // A desktop that cannot be opened now may be there at the first launch; pairing works without.
  const display = await sessions.openDisplay().catch((error: unknown) => {
    if (!stopping?.aborted) log.warn({ event: 'no_display' }, toPunktfunkError(error).advice);
    return undefined;
  });
  return { ports, display: display?.description, status, close: closeAll };
}

function tellPairing(
  event: PairingEvent,
  asked_already: boolean,
  pair_command: string,
  log: Logger,
  strangers: Strangers,
): void {
  switch (event.type) {
    case 'waiting':
      strangers.say(
        asked_already ? 'debug' : 'info',
        { event: 'pairing_waiting', address: event.address },
        `${event.address}: asks to pair. Run: ${pair_command}`,
      );
      break;
    case 'paired':
      log.info(
        { event: 'paired', address: event.address, client: event.client.name },
        `${event.client.name}: paired from ${event.address}`,
      );
      break;
    case 'failed':
      strangers.say(
        'warn',
        { event: 'pairing_failed', address: event.address, reason: event.reason },
        `${event.address}: pairing failed, ${event.reason}`,
      );
      break;
  }
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
