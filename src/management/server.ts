// The running host's own door: a Unix socket in the data directory that only its user (and root) can open.

import { chmodSync, rmSync } from 'node:fs';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { Type } from 'typebox';
import { badRequest, PunktfunkError, toPunktfunkError } from '../errors.ts';
import { isOfWebPage, NotForWebPages } from '../web-pages.ts';
import { ClientSummary, ErrorReport, PairRequest, Status } from './schema.ts';

export interface ManagementActions {
  status(): Promise<Status>;
  clients(): ClientSummary[];
  pair(request: PairRequest): Promise<ClientSummary>;
  /** Removes the client and ends what it has on. */
  unpair(id: string): Promise<ClientSummary>;
}

const max_body_bytes = 16 * 1024;

/** Opens the socket, mode 0600. Who has the data directory's lock calls it, and lets go of that after `close`: so a
 * socket that is there was left behind, and the one that is removed is our own. */
export async function openManagement(
  path: string,
  actions: ManagementActions,
): Promise<{ close: () => Promise<void> }> {
  const server = fastify({
    logger: false,
    bodyLimit: max_body_bytes,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } }, // what is not in the schema is said, not dropped
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.setErrorHandler((error, _, reply) => {
    const bad = badRequest(error);
    if (bad) return reply.status(bad.status).send(new PunktfunkError('USAGE', { reason: `${bad.sentence}.` }).report);
    const known = toPunktfunkError(error);
    return reply.status(known.status.rest).send(known.report);
  });
  server.addHook('onRequest', async (request) => {
    if (isOfWebPage(request.headers)) throw new NotForWebPages();
  });
  server.setNotFoundHandler((_, reply) =>
    reply.status(404).send(new PunktfunkError('USAGE', { reason: 'The host does not know this request.' }).report),
  );
  const failed = { '4xx': ErrorReport, '5xx': ErrorReport };
  server.get('/v1/status', { schema: { response: { 200: Status, ...failed } } }, () => actions.status());
  server.get('/v1/clients', { schema: { response: { 200: Type.Array(ClientSummary), ...failed } } }, async () =>
    actions.clients(),
  );
  server.post('/v1/pair', { schema: { body: PairRequest, response: { 200: ClientSummary, ...failed } } }, (request) =>
    actions.pair(request.body),
  );
  server.delete(
    '/v1/clients/:id',
    {
      schema: {
        params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
        response: { 200: ClientSummary, ...failed },
      },
    },
    (request) => actions.unpair(request.params.id),
  );
  rmSync(path, { force: true });
  const mask = process.umask(0o177); // the socket is never open to others, not even for a moment
  try {
    await server.listen({ path });
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
  return {
    async close() {
      await server.close();
      rmSync(path, { force: true });
    },
  };
}
