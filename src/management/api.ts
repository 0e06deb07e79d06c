// The API as an HTTP server, without a door: whoever opens one says who its callers are.

import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { granted_status, PunktfunkError, toPunktfunkError } from '../errors.ts';
import { plainAddress } from '../gamestream/connections.ts';
import type { Logger } from '../log.ts';
import type { Caller } from '../service/access.ts';
import type { HostService } from '../service/host-service.ts';
import type { Change } from '../trust/audit-log.ts';
import { requireAccess } from './access.ts';
import { EventStream } from './event-stream.ts';
import { max_head_bytes, refuseNoRequest } from './no-request.ts';
import { plainPage } from './plain-page.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { fromText, requireFit } from './validation.ts';

export interface Door {
  /** Who asks; undefined: nobody that is known here. Throws for a request that this door lets nobody make. */
  callerOf(request: FastifyRequest): Caller | undefined;
  /** Told once a request, of whom its route lets in. */
  admitted?(caller: Caller, request: FastifyRequest): void;
  log: Logger;
}

type Asked = Parameters<Route['handler']>[0];

const api_root = '/api/v1';
const max_body_bytes = 16 * 1024;
const max_upload_bytes = Math.max(...routes.map(({ schema: { upload } }) => upload?.max_bytes ?? 0));
/** A path at which nothing is. */
const nowhere = '/api/';

/** The server, not listening yet. */
export function createApi(
  service: HostService,
  door: Door,
  options: FastifyServerOptions & { https?: object } = {},
): FastifyInstance {
  const server: FastifyInstance = fastify({
    ...options,
    logger: false,
    clientErrorHandler: refuseNoRequest,
    bodyLimit: max_body_bytes,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // What a route's own document says of a word in its path counts: the router would refuse a long one past all doors and hooks.
    routerOptions: { maxParamLength: max_head_bytes },
    rewriteUrl: ({ url = '' }) => (isPath(url) ? url : nowhere),
  });
  takeOneByOne(server);
  server.setErrorHandler((error, request, reply) => {
    const known = toPunktfunkError(error);
    if (known.code === 'INTERNAL') logFault(door.log, request, error);
    if (isLong(request)) reply.header('connection', 'close'); // or all that is yet to come of it is read
    reply.status(known.status.http);
    if (!isNavigation(request)) return reply.send(known.report);
    const page = plainPage(known.report, known.code !== 'HOST_NAME_REFUSED');
    return reply.type('text/html; charset=utf-8').send(page);
  });
  server.setNotFoundHandler(() => {
    throw new PunktfunkError('REQUEST_UNKNOWN');
  });
  const uploads = new Set(routes.flatMap(({ schema: { upload } }) => upload?.content_type ?? []));
  for (const type of uploads)
    server.addContentTypeParser(type, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  for (const route of routes) addRoute(server, route, service, door);
  return server;
}

/**
 * What went wrong in us, for whoever mends it. The log is read by more people than a body's passwords are for, and an error may repeat what
 * it was given: so of a request with a body its words are left out.
 */
function logFault(log: Logger, { method, routeOptions, body }: FastifyRequest, error: unknown): void {
  const {
    name,
    message,
    code,
    stack = '',
  } = (error instanceof Error ? error : new Error(String(error))) as NodeJS.ErrnoException;
  const route = `${method} ${routeOptions.url ?? nowhere}`;
  const words = body === undefined ? `: ${message}` : '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  log.error(
    { event: 'request_failed', route, err: { type: name, code, stack: [`${name}${words}`, ...frames].join('\n') } },
    `${route} failed in a way that is not foreseen${words}`,
  );
}

/** A browser goes there as a whole, as by its address bar or a link (Fetch Metadata Request Headers, 2). */
const isNavigation = ({ headers }: FastifyRequest): boolean => headers['sec-fetch-mode'] === 'navigate';

/** Its body may have more bytes than any route takes. */
const isLong = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > max_upload_bytes;

/** It is a path (RFC 9112, 3.2.1) and text. */
function isPath(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  try {
    return path.startsWith('/') && decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}

/**
 * One request at a time on a connection: browsers and scripts wait for an answer before they ask again. Node would begin on all that were
 * sent at once, and never tell those that wait for their turn that the connection is gone.
 */
function takeOneByOne(server: FastifyInstance): void {
  const busy = new WeakSet<Socket>();
  server.addHook('onRequest', async ({ raw: { socket } }, reply) => {
    if (busy.has(socket)) {
      reply.hijack();
      socket.destroy();
      return;
    }
    busy.add(socket);
    reply.raw.once('close', () => busy.delete(socket));
  });
}

function addRoute(server: FastifyInstance, route: Route, service: HostService, door: Door): void {
  const { method, path, at_root, access, schema } = route;
  const welcome = (request: FastifyRequest): Caller | undefined => {
    const caller = door.callerOf(request);
    requireAccess(access, caller);
    return caller;
  };
  server.route({
    method,
    url: at_root ? path : `${api_root}${path}`,
    bodyLimit: schema.upload?.max_bytes ?? max_body_bytes,
    // Before a byte of the body is read.
    onRequest: async (request) => {
      const caller = welcome(request);
      if (caller) door.admitted?.(caller, request);
    },
    handler: async (request, reply) => {
      // Judged again: the body may have taken its time.
      const asked = { service, caller: welcome(request), request, reply } as Asked;
      const answer = await (method === 'GET' ? answerOf(route, asked) : noted(route, asked));
      if (answer instanceof EventStream) answer.tellWhile(() => void welcome(request));
      if (reply.sent) return reply;
      if ('content_type' in schema.answer) reply.type(schema.answer.content_type);
      return reply.status(granted_status).send(answer);
    },
  });
}

async function answerOf({ schema, handler }: Route, asked: Asked): Promise<unknown> {
  const { request } = asked;
  const params = schema.params && fitting(schema.params, request.params, 'The path');
  const query = schema.query && fitting(schema.query, request.query, 'The query');
  return handler(Object.assign(asked, { params, query, body: bodyOf(request, schema) }));
}

/** The answer; that it was asked for, and how it went, is in the audit log then. Every route that can change something comes here. */
async function noted(route: Route, asked: Asked): Promise<unknown> {
  const note = (outcome: string, subject = '') => asked.service.audit.add(changeOf(route, asked, outcome, subject));
  try {
    const answer = await answerOf(route, asked);
    note('done', route.subject?.(answer, asked.body));
    return answer;
  } catch (error) {
    note(toPunktfunkError(error).code);
    throw error;
  }
}

function changeOf(route: Route, { caller, request }: Asked, outcome: string, subject: string): Change {
  const { method, path, summary } = route;
  const parameters = Object.values(request.params as Record<string, string>).join(' ');
  return {
    who: caller ? { kind: caller.kind, id: caller.id, name: caller.name } : null,
    address: plainAddress(request.socket.remoteAddress) || null,
    route: `${method} ${path}`,
    did: summary,
    what: [subject, parameters].filter((word) => word !== '').join(' '),
    outcome,
  };
}

function fitting(schema: NonNullable<Route['schema']['query']>, given: unknown, part: string): unknown {
  const value = fromText(schema, given);
  requireFit(schema, value, part);
  return value;
}

function bodyOf({ body }: FastifyRequest, schema: Route['schema']): unknown {
  if (schema.upload && !Buffer.isBuffer(body))
    throw new PunktfunkError('BAD_REQUEST', { reason: `The body has to be ${schema.upload.content_type}` });
  if (schema.body) requireFit(schema.body, body, 'The body');
  return body;
}
