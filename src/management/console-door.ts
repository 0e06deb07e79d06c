// The door for browsers and scripts: HTTPS on the port after the base port, with the host's certificate. Who asks is told by a session's
// cookie or by a token.

import { constants } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PunktfunkError } from '../errors.ts';
import { boundConnections, plainAddress } from '../gamestream/connections.ts';
import type { Strangers } from '../gamestream/strangers.ts';
import type { Logger } from '../log.ts';
import type { Caller } from '../service/access.ts';
import type { HostService } from '../service/host-service.ts';
import type { Identity } from '../trust/identity.ts';
import { createApi } from './api.ts';
import { serveConsoleFiles } from './console-files.ts';
import { requireOwnName, requireOwnPage } from './console-origin.ts';
import { Cookies } from './cookies.ts';
import { max_head_bytes } from './no-request.ts';

/** Nothing from elsewhere, no script or style in a document, in nobody's frame. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

export interface ConsoleDoor {
  service: HostService;
  identity: Identity;
  strangers: Strangers;
  log: Logger;
  port: number;
  /** The folder of what Vite built; the installed one without. */
  folder?: string;
}

/** The server, not listening yet. */
export function createConsoleDoor({ service, identity, strangers, log, port, folder }: ConsoleDoor): FastifyInstance {
  const cookies = new Cookies(service.unique_id);
  const server = createApi(
    service,
    {
      callerOf: (request) => callerOf(request, service, cookies),
      admitted(caller, { socket }) {
        service.access.used(caller);
        strangers.welcome(plainAddress(socket.remoteAddress));
      },
      log,
    },
    {
      requestTimeout: 30_000,
      connectionTimeout: 0,
      keepAliveTimeout: 10_000,
      https: {
        maxHeaderSize: max_head_bytes,
        headersTimeout: 10_000,
        key: identity.key_pem,
        cert: identity.certificate_pem,
        minVersion: 'TLSv1.2',
        ciphers:
          'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: 10_000,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      },
    },
  );
  const endConnections = boundConnections(server.server, strangers);
  server.addHook('preClose', async () => endConnections());
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    requireOwnName(request.headers, port);
  });
  server.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  serveConsoleFiles(server, folder);
  return server;
}

/** Throws SIGN_IN_NEEDED for a token that is not good, FOREIGN_PAGE for a change that the session's own page did not send. */
function callerOf(request: FastifyRequest, { access }: HostService, cookies: Cookies): Caller | undefined {
  requireOwnPage(request.headers);
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    const caller = access.ofToken(/^Bearer ([\w-]{1,128})$/i.exec(authorization)?.[1] ?? '');
    if (!caller) throw new PunktfunkError('SIGN_IN_NEEDED');
    return caller;
  }
  const secret = cookies.find(cookie, 'session');
  const caller = secret === undefined ? undefined : access.ofCookie(secret);
  if (caller && request.method !== 'GET' && request.headers['x-punktfunk-csrf'] !== caller.csrf)
    throw new PunktfunkError('FOREIGN_PAGE');
  return caller;
}
