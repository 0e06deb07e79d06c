// GameStream's HTTP plane: /serverinfo, /pair and /unpair for everyone, the rest over HTTPS for paired clients only. TLS lets any client
// certificate in; each request is authorised by exact fingerprint, and an unknown client gets the XML 401 that makes Moonlight fall back to
// HTTP instead of a dropped handshake (docs/gamestream.md, 2.4, 3.6).

import { constants } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { BoxArt } from '../apps/box-art.ts';
import { listApps } from '../config/app.ts';
import type { Config } from '../config/load.ts';
import { shownName } from '../config/schema.ts';
import { inTime } from '../deadline.ts';
import { granted_status, PunktfunkError, toPunktfunkError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isAnswerable } from '../no-request.ts';
import { type KnownCapabilities, requireEncoder } from '../session/capabilities.ts';
import { isProgram, type Sessions } from '../session/sessions.ts';
import type { Client, ClientStore } from '../trust/clients.ts';
import type { Identity } from '../trust/identity.ts';
import type { LastSeen } from '../trust/last-seen.ts';
import { refuseWebPages } from '../web-pages.ts';
import { appList } from './apps.ts';
import { drawnBoxArt } from './box-art.ts';
import { boundConnections, plainAddress } from './connections.ts';
import { type LaunchKeys, parseLaunch } from './launch.ts';
import { codecModes } from './offer.ts';
import { bareRefusal, OneRequest, takeOneRequest } from './one-request.ts';
import type { Pairing, PairingPeer } from './pairing.ts';
import { rsa_signature_bytes, secret_bytes } from './pairing-crypto.ts';
import { badQuery, hexParameter, integerParameter, parseQuery, type Query, required } from './query.ts';
import type { Conversations } from './rtsp/conversations.ts';
import { serverInfo } from './serverinfo.ts';
import type { Strangers } from './strangers.ts';
import { element, type XmlElement, xmlRefusal, xmlReply } from './xml.ts';

// Against clients that hold connections and say nothing or little.
const handshake_timeout_ms = 10_000;
const request_limits = {
  head_timeout_ms: 10_000,
  max_head_bytes: 16 * 1024, // a request line with a certificate is about 5 KB (docs/gamestream.md, 3.2)
};
const max_certificate_bytes = 4096;
/** A client waits no longer for what this host can encode, right after its start: it takes 0 for the least that every host has. */
const tried_within_ms = 2_000;

export interface HttpPlane {
  settings: Pick<Config, 'name' | 'encryption' | 'apps'>;
  ports: { http: number; https: number; rtsp: number };
  identity: Identity;
  clients: ClientStore;
  pairing: Pairing;
  sessions: Sessions;
  conversations: Conversations;
  box_art: BoxArt;
  last_seen: LastSeen;
  strangers: Strangers;
  launch_keys: LaunchKeys;
  capabilities: KnownCapabilities;
  log: Logger;
}

/** A path that a server answers. */
export interface Route {
  server: 'http' | 'https';
  path: string;
}

// Forward secrecy only: the stream's key travels in a request, and must not be readable for whoever gets the host's key later.
const ciphers = [
  'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES',
].join(':');

interface Answer {
  body: string | Buffer;
  type?: string;
}

type Handler = (
  request: FastifyRequest,
  query: Query,
  reply: FastifyReply,
) => Answer | string | Promise<Answer | string>;

function clientErrorHandler(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (isAnswerable(error, socket)) socket.end(bareRefusal(badQuery(error.message)));
  else socket.destroy();
}

/** The two servers, not listening yet, and what they answer. */
export function createHttpServers(plane: HttpPlane): {
  http: FastifyInstance;
  https: FastifyInstance;
  routes: readonly Route[];
} {
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const told = xmlRefusal(refused(plane, request, error));
    return reply.status(granted_status).type('application/xml').send(told);
  };
  const common = {
    logger: false,
    frameworkErrors: refuse,
    bodyLimit: 1,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // Parsed by parseQuery, so that a refusal can be XML.
    routerOptions: { querystringParser: (text: string) => ({ text }) },
    clientErrorHandler,
  };
  const http = fastify({ ...common, http: { maxHeaderSize: request_limits.max_head_bytes } });
  const https = fastify({
    ...common,
    https: {
      maxHeaderSize: request_limits.max_head_bytes,
      key: plane.identity.key_pem,
      cert: plane.identity.certificate_pem,
      requestCert: true,
      rejectUnauthorized: false, // authorised per request, see above
      minVersion: 'TLSv1.2',
      ciphers,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: handshake_timeout_ms,
      // No resumption: every connection shows its certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
  }) as unknown as FastifyInstance;
  const routes: Route[] = [];
  for (const [name, server] of [
    ['http', http],
    ['https', https],
  ] as const) {
    const endConnections = boundConnections(server.server, plane.strangers);
    takeOneRequest(server.server, name === 'http' ? 'connection' : 'secureConnection', request_limits);
    server.addHook('preClose', async () => endConnections());
    server.addHook('onRoute', ({ path }) => {
      routes.push({ server: name, path });
    });
    server.addHook('onRequest', async ({ headers }) => refuseWebPages(headers));
    server.setNotFoundHandler((_, reply) =>
      reply
        .status(granted_status)
        .type('application/xml')
        .send(xmlRefusal(new PunktfunkError('REQUEST_UNKNOWN'))),
    );
    server.setErrorHandler(refuse);
  }
  addPublicRoutes(http, plane);
  addPairedRoutes(https, plane);
  return { http, https, routes };
}

const not_paired = [element('paired', 0)];

function addPublicRoutes(server: FastifyInstance, plane: HttpPlane): void {
  route(server, '/serverinfo', plane, (request) => info(plane, request, undefined));
  route(server, '/pair', plane, (request, query, reply) => pair(plane, request, query, reply), not_paired);
  route(server, '/unpair', plane, (request, query) => {
    plane.pairing.drop(peerOf(request, query));
    return xmlReply([]);
  });
}

type AddForClients = (
  path: string,
  failed: XmlElement[],
  handler: (client: Client, request: FastifyRequest, query: Query) => ReturnType<Handler>,
) => void;

function addPairedRoutes(server: FastifyInstance, plane: HttpPlane): void {
  const forClients: AddForClients = (path, failed, handler) =>
    route(
      server,
      path,
      plane,
      (request, query) => {
        const client = clientOf(plane, request);
        if (!client) return xmlRefusal(new PunktfunkError('CERTIFICATE_UNKNOWN'), [], path);
        plane.strangers.welcome(addressOf(request));
        plane.last_seen.saw(client.id);
        return handler(client, request, query);
      },
      failed,
    );

  forClients('/serverinfo', [], (client, request) => info(plane, request, client));
  // Step 5: the client proves over TLS that it holds the key of the certificate it paired with.
  forClients('/pair', not_paired, (_, __, query) => {
    if (query.get('phrase') !== 'pairchallenge') throw badQuery('Pair over HTTP');
    return xmlReply([element('paired', 1)]);
  });
  // What a client may not start it is not shown, but for what it may resume.
  forClients('/applist', [], ({ fingerprint }) => {
    const may_launch = plane.clients.rightsOf(fingerprint).launch;
    const running = plane.sessions.shownTo(fingerprint)?.id;
    const apps = listApps(plane.settings.apps);
    return appList(apps.filter((app) => may_launch || !isProgram(app) || app.id === running));
  });
  forClients('/appasset', [], async (_, __, query) => {
    const id = integerParameter(query, 'appid', 1, 0x7fff_ffff);
    if (!listApps(plane.settings.apps).some((app) => app.id === id)) throw new PunktfunkError('APP_UNKNOWN', { id });
    return { body: (await plane.box_art.read(id)) ?? (await drawnBoxArt(id)), type: 'image/png' };
  });
  addSessionRoutes(forClients, plane);
}

function addSessionRoutes(forClients: AddForClients, plane: HttpPlane): void {
  const no_session = element('gamesession', 0);
  forClients('/launch', [no_session], async (client, request, query) => {
    const launch = parseLaunch(query, plane.settings.encryption);
    const app = listApps(plane.settings.apps).find((candidate) => candidate.id === launch.app_id);
    if (!app)
      throw launch.app_id === undefined
        ? badQuery('The parameter appid is missing')
        : new PunktfunkError('APP_UNKNOWN', { id: launch.app_id });
    requireEncoder(await plane.capabilities());
    plane.launch_keys.take(launch.key);
    const { host_audio, may_change_mode } = launch;
    const session = await plane.sessions.launch({ app, client, host_audio, may_change_mode, ...ends(request) });
    await plane.conversations.open(session, launch);
    return xmlReply([
      element('sessionUrl0', sessionUrl(plane, request, launch.encrypted_rtsp)),
      element('gamesession', 1),
    ]);
  });
  forClients('/resume', [element('resume', 0)], async (client, request, query) => {
    const launch = parseLaunch(query, plane.settings.encryption);
    requireEncoder(await plane.capabilities());
    plane.launch_keys.take(launch.key);
    const { app_id, host_audio, may_change_mode } = launch;
    const session = await plane.sessions.resume({ app_id, client, host_audio, may_change_mode, ...ends(request) });
    await plane.conversations.open(session, launch);
    return xmlReply([element('sessionUrl0', sessionUrl(plane, request, launch.encrypted_rtsp)), element('resume', 1)]);
  });
  // What its serverinfo says: its own, or, on a host without a place left, another's (docs/gamestream.md, 4.4).
  forClients('/cancel', [element('cancel', 0)], async (client) => {
    await plane.sessions.cancel(client.fingerprint);
    return xmlReply([element('cancel', 1)]);
  });
}

/** Adds GET `path`; a refusal also carries `failed`, the element that tells older clients that it did not work. */
function route(
  server: FastifyInstance,
  path: string,
  plane: HttpPlane,
  handler: Handler,
  failed: XmlElement[] = [],
): void {
  server.get(path, async (request, reply) => {
    let answer: Answer | string;
    try {
      answer = await handler(request, parseQuery((request.query as { text?: string }).text ?? ''), reply);
    } catch (error) {
      answer = xmlRefusal(refused(plane, request, error), failed);
    }
    const { body, type } = typeof answer === 'string' ? { body: answer, type: undefined } : answer;
    return reply.type(type ?? 'application/xml; charset=utf-8').send(body);
  });
}

/** What a request that failed is answered, after it was counted and logged: at length for paired clients, in measure for anybody else. */
function refused(plane: HttpPlane, request: FastifyRequest, error: unknown): PunktfunkError {
  const refusal = toPunktfunkError(error);
  const { code, status, advice } = refusal;
  const { log, strangers } = plane;
  const address = addressOf(request);
  const [path = ''] = request.url.slice(0, max_logged_path_length).split('?');
  const known = clientOf(plane, request) !== undefined;
  if (!known) strangers.counts.requests_refused++;
  if (code === 'INTERNAL') {
    const fields = { event: 'request_failed', path, address, err: error };
    if (known) log.error(fields, advice);
    else strangers.say('error', fields, advice);
  } else {
    const fields = { event: 'request_refused', path, address, status: status.xml };
    const sentence = `${address}: ${path} refused: ${advice}`;
    if (known) log.info(fields, sentence);
    // What pairing failed of is told by its own event.
    else strangers.say(path === '/pair' ? 'debug' : 'info', fields, sentence);
  }
  return refusal;
}

async function info(plane: HttpPlane, request: FastifyRequest, client: Client | undefined): Promise<string> {
  return serverInfo({
    name: shownName(plane.settings),
    unique_id: plane.identity.unique_id,
    http_port: plane.ports.http,
    https_port: plane.ports.https,
    paired: client !== undefined,
    local_address: plainAddress(socketOf(request).localAddress),
    codec_modes: await inTime(plane.capabilities(), tried_within_ms, 'it is still tried').then(codecModes, () => 0),
    current_app: plane.sessions.shownTo(client?.fingerprint)?.id ?? 0,
  });
}

/** Steps 1 to 4; which one is told by the parameter that it brings. */
async function pair(plane: HttpPlane, request: FastifyRequest, query: Query, reply: FastifyReply): Promise<string> {
  const peer = peerOf(request, query);
  const { pairing } = plane;
  const paired = element('paired', 1);
  if (query.get('phrase') === 'getservercert') {
    const salt = hexParameter(query, 'salt', secret_bytes);
    const certificate = hexParameter(query, 'clientcert', 1, max_certificate_bytes).toString('latin1');
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort()); // the client hung up, or was answered
    const pem = await pairing.begin(peer, salt, certificate, gone.signal);
    return xmlReply([paired, element('plaincert', Buffer.from(pem).toString('hex'))]);
  }
  if (query.has('clientchallenge')) {
    const answer = pairing.challenge(peer, hexParameter(query, 'clientchallenge', 0, max_certificate_bytes));
    return xmlReply([paired, element('challengeresponse', answer.toString('hex'))]);
  }
  if (query.has('serverchallengeresp')) {
    const answer = pairing.respond(peer, hexParameter(query, 'serverchallengeresp', 0, max_certificate_bytes));
    return xmlReply([paired, element('pairingsecret', answer.toString('hex'))]);
  }
  if (query.has('clientpairingsecret')) {
    const proof = hexParameter(query, 'clientpairingsecret', 0, secret_bytes + rsa_signature_bytes);
    return xmlReply([element('paired', pairing.finish(peer, proof) ? 1 : 0)]);
  }
  throw badQuery('This is no step of pairing');
}

const max_unique_id_length = 64;
const max_logged_path_length = 64;

function peerOf(request: FastifyRequest, query: Query): PairingPeer {
  const unique_id = required(query, 'uniqueid');
  if (unique_id.length > max_unique_id_length) throw badQuery('The parameter uniqueid is too long');
  return { unique_id, address: addressOf(request) };
}

function socketOf(request: FastifyRequest) {
  const connection: unknown = request.raw.socket;
  return connection instanceof OneRequest ? connection.socket : request.raw.socket;
}

const addressOf = (request: FastifyRequest): string => plainAddress(socketOf(request).remoteAddress);

/** The paired client at the other end of this TLS connection, by its exact certificate. */
function clientOf(plane: HttpPlane, request: FastifyRequest): Client | undefined {
  const socket = socketOf(request);
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate ? plane.clients.find(certificate.raw) : undefined;
}

/** Both ends of a request's connection. */
const ends = (request: FastifyRequest) => ({
  client_address: addressOf(request),
  host_address: plainAddress(socketOf(request).localAddress),
});

function sessionUrl(plane: HttpPlane, request: FastifyRequest, encrypted: boolean): string {
  const address = plainAddress(socketOf(request).localAddress);
  const host = address.includes(':') ? `[${address}]` : address;
  return `${encrypted ? 'rtspenc' : 'rtsp'}://${host}:${plane.ports.rtsp}`;
}
