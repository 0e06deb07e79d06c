// GameStream's HTTP plane: /serverinfo, /pair and /unpair for everyone, the rest over HTTPS for paired clients only. TLS lets any client
// certificate in; each request is authorised by exact fingerprint, and an unknown client gets the XML 401 that makes Moonlight fall back to
// HTTP instead of a dropped handshake (GameStream note 2.4, 3.6).

import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ErrorCode, PunktfunkError, toPunktfunkError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Client, ClientStore } from '../trust/clients.ts';
import type { Identity } from '../trust/identity.ts';
import { appList, type ListedApp } from './apps.ts';
import { boxArt } from './box-art.ts';
import { boundConnections, plainAddress } from './connections.ts';
import { parseLaunch } from './launch.ts';
import { type Pairing, type PairingPeer, PairingRefused } from './pairing.ts';
import { rsa_signature_bytes, secret_bytes } from './pairing-crypto.ts';
import { BadQuery, hexParameter, integerParameter, parseQuery, type Query, required } from './query.ts';
import { serverInfo } from './serverinfo.ts';
import { element, type XmlElement, xmlRefusal, xmlReply } from './xml.ts';

// Against clients that hold connections and say nothing or little.
const headers_timeout_ms = 10_000;
const request_timeout_ms = 15_000;
const handshake_timeout_ms = 10_000;
const keep_alive_ms = 10_000;
const check_interval_ms = 2_000;
const max_header_bytes = 16 * 1024; // a request line with a certificate is about 5 KB (GameStream note 3.2)
const max_certificate_bytes = 4096;

export interface HttpPlane {
  name: string;
  encryption: 'offered' | 'required';
  ports: { http: number; https: number; rtsp: number };
  identity: Identity;
  clients: ClientStore;
  pairing: Pairing;
  sessions: Sessions;
  apps: readonly ListedApp[];
  log: Logger;
}

/** What clients show for an error: status_code and, as status_message, sentence and cure. */
const xml_status: Partial<Record<ErrorCode, number>> = {
  MODE_REFUSED: 400,
  STREAM_REFUSED: 403,
  CLIENT_UNPAIRED: 401,
  BUSY: 503,
  APP_UNKNOWN: 404,
  APP_RUNNING: 400,
  APP_NOT_RUNNING: 503,
  APP_FAILED: 503,
  ENGINE_FAILED: 503,
  RUNTIME_DIR_UNWRITABLE: 503,
  DISPLAY_UNAVAILABLE: 503,
};

const node_options = {
  headersTimeout: headers_timeout_ms,
  connectionsCheckingInterval: check_interval_ms,
  maxHeaderSize: max_header_bytes,
};

interface Answer {
  body: string | Buffer;
  type?: string;
}

type Handler = (
  request: FastifyRequest,
  query: Query,
  reply: FastifyReply,
) => Answer | string | Promise<Answer | string>;

/** The two servers, not listening yet. */
export function createHttpServers(plane: HttpPlane): { http: FastifyInstance; https: FastifyInstance } {
  const common = {
    logger: false,
    bodyLimit: 1,
    forceCloseConnections: true,
    // Here and not only in node_options: fastify sets its own over those.
    keepAliveTimeout: keep_alive_ms,
    requestTimeout: request_timeout_ms,
    exposeHeadRoutes: false,
    // Parsed by parseQuery, so that a refusal can be XML.
    routerOptions: { querystringParser: (text: string) => ({ text }) },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      // Only what was HTTP can be answered; an unfinished handshake would keep the socket open for ever.
      const answerable = /^(HPE_|ERR_HTTP_)/.test(error.code ?? '');
      if (socket.writable && answerable)
        socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    },
  };
  const http = fastify({ ...common, http: node_options });
  const https = fastify({
    ...common,
    https: {
      ...node_options,
      key: plane.identity.key_pem,
      cert: plane.identity.certificate_pem,
      requestCert: true,
      rejectUnauthorized: false, // authorised per request, see above
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: handshake_timeout_ms,
      // No resumption: every connection shows its certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
  }) as unknown as FastifyInstance;
  for (const server of [http, https]) {
    const endConnections = boundConnections(server.server);
    server.addHook('preClose', async () => endConnections());
    server.setNotFoundHandler((_, reply) =>
      reply.type('application/xml').send(xmlRefusal(404, 'There is nothing here.')),
    );
    server.setErrorHandler((error, _, reply) => {
      const { code, status, message } = explain(error);
      if (code === 'INTERNAL') plane.log.error({ event: 'request_failed', err: error }, message);
      return reply.type('application/xml').send(xmlRefusal(status, message));
    });
  }
  addPublicRoutes(http, plane);
  addPairedRoutes(https, plane);
  return { http, https };
}

function addPublicRoutes(server: FastifyInstance, plane: HttpPlane): void {
  route(server, '/serverinfo', plane, (request) => info(plane, request, undefined));
  route(server, '/pair', plane, (request, query, reply) => pair(plane, request, query, reply));
  route(server, '/unpair', plane, (request, query) => {
    plane.pairing.drop(peerOf(request, query));
    return xmlReply([]);
  });
}

function addPairedRoutes(server: FastifyInstance, plane: HttpPlane): void {
  const forClients = (
    path: string,
    failed: XmlElement[],
    handler: (client: Client, request: FastifyRequest, query: Query) => ReturnType<Handler>,
  ) =>
    route(
      server,
      path,
      plane,
      (request, query) => {
        const client = clientOf(plane, request);
        if (!client) {
          return xmlRefusal(401, 'The client is not authorized. Certificate verification failed.', [], path);
        }
        return handler(client, request, query);
      },
      failed,
    );

  forClients('/serverinfo', [], (client, request) => info(plane, request, client));
  // Step 5: the client proves over TLS that it holds the key of the certificate it paired with.
  forClients('/pair', [element('paired', 0)], (_, __, query) => {
    if (query.get('phrase') !== 'pairchallenge') throw new BadQuery('Pair over HTTP.');
    return xmlReply([element('paired', 1)]);
  });
  forClients('/applist', [], () => appList(plane.apps));
  forClients('/appasset', [], (_, __, query) => {
    const id = integerParameter(query, 'appid', 1, 0x7fff_ffff);
    if (!plane.apps.some((app) => app.id === id)) throw new PunktfunkError('APP_UNKNOWN', { id });
    return { body: boxArt(id), type: 'image/png' };
  });
  const no_session = element('gamesession', 0);
  forClients('/launch', [no_session], async (client, request, query) => {
    const launch = parseLaunch(query, plane.encryption);
    const app = plane.apps.find((candidate) => candidate.id === launch.app_id);
    if (!app)
      throw launch.app_id === undefined
        ? new BadQuery('The parameter appid is missing.')
        : new PunktfunkError('APP_UNKNOWN', { id: launch.app_id });
    await plane.sessions.launch({ ...launch, app, client, ...ends(request) });
    return xmlReply([
      element('sessionUrl0', sessionUrl(plane, request, launch.encrypted_rtsp)),
      element('gamesession', 1),
    ]);
  });
  forClients('/resume', [element('resume', 0)], async (client, request, query) => {
    const launch = parseLaunch(query, plane.encryption);
    await plane.sessions.resume({ ...launch, app: undefined, client, ...ends(request) });
    return xmlReply([element('sessionUrl0', sessionUrl(plane, request, launch.encrypted_rtsp)), element('resume', 1)]);
  });
  // Any paired client may quit what runs, also another's stream (GameStream note 4.4).
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
      const { code, status, message } = explain(error);
      if (code === 'INTERNAL') plane.log.error({ event: 'request_failed', path, err: error }, message);
      // Of strangers anyone can cause this line, as often as he likes; what pairing failed of is told by its own event.
      else
        plane.log[path === '/pair' ? 'debug' : 'info'](
          { event: 'request_refused', path, address: addressOf(request), status },
          `${addressOf(request)}: ${path} refused: ${message}`,
        );
      const pairing = error instanceof PairingRefused || path === '/pair' ? [element('paired', 0)] : failed;
      answer = xmlRefusal(status, message, pairing);
    }
    const { body, type } = typeof answer === 'string' ? { body: answer, type: undefined } : answer;
    return reply.type(type ?? 'application/xml; charset=utf-8').send(body);
  });
}

function explain(error: unknown): { code: string; status: number; message: string } {
  if (error instanceof BadQuery) return { code: 'BAD_QUERY', status: 400, message: error.message };
  if (error instanceof PairingRefused) return { code: 'PAIRING', status: error.status, message: error.message };
  const known = toPunktfunkError(error);
  return { code: known.code, status: xml_status[known.code] ?? 500, message: known.advice };
}

function info(plane: HttpPlane, request: FastifyRequest, client: Client | undefined): string {
  return serverInfo({
    name: plane.name,
    unique_id: plane.identity.unique_id,
    http_port: plane.ports.http,
    https_port: plane.ports.https,
    paired: client !== undefined,
    local_address: plainAddress(request.raw.socket.localAddress),
    current_app: plane.sessions.running?.id ?? 0,
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
    try {
      const pem = await pairing.begin(peer, salt, certificate, gone.signal);
      return xmlReply([paired, element('plaincert', Buffer.from(pem).toString('hex'))]);
    } catch (error) {
      // `paired` without a certificate is how clients learn that another pairing is in progress (GameStream note 3.2).
      if (error instanceof PairingRefused && error.status === 409) return xmlReply([paired]);
      throw error;
    }
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
  throw new BadQuery('This is no step of pairing.');
}

const max_unique_id_length = 64;

function peerOf(request: FastifyRequest, query: Query): PairingPeer {
  const unique_id = required(query, 'uniqueid');
  if (unique_id.length > max_unique_id_length) throw new BadQuery('The parameter uniqueid is too long.');
  return { unique_id, address: addressOf(request) };
}

const addressOf = (request: FastifyRequest): string => plainAddress(request.raw.socket.remoteAddress);

/** The paired client at the other end of this TLS connection, by its exact certificate. */
function clientOf(plane: HttpPlane, request: FastifyRequest): Client | undefined {
  const certificate = (request.raw.socket as TLSSocket).getPeerX509Certificate();
  return certificate ? plane.clients.find(certificate.raw) : undefined;
}

/** Both ends of a request's connection. */
const ends = (request: FastifyRequest) => ({
  client_address: addressOf(request),
  host_address: plainAddress(request.raw.socket.localAddress),
});

function sessionUrl(plane: HttpPlane, request: FastifyRequest, encrypted: boolean): string {
  const address = plainAddress(request.raw.socket.localAddress);
  const host = address.includes(':') ? `[${address}]` : address;
  return `${encrypted ? 'rtspenc' : 'rtsp'}://${host}:${plane.ports.rtsp}`;
}
