// A client that is paired types and clicks on the desktop: who may pair one may do everything.

import { Type } from 'typebox';
import { route } from '../route.ts';
import { ClientSummary } from '../schema/clients.ts';
import { Done } from '../schema/common.ts';
import { PairRequest, RefuseRequest, WaitingClient } from '../schema/pairing.ts';

export const pairing_routes = [
  route({
    method: 'GET',
    path: '/pairing',
    access: 'read',
    summary: 'The clients that wait for their PIN, oldest first',
    schema: { answer: Type.Array(WaitingClient) },
    handler: ({ service }) => service.pairing.waiting(),
  }),
  route({
    method: 'POST',
    path: '/pairing/approve',
    access: 'admin',
    summary: 'Let the client that shows this PIN stream; answers once it is paired',
    schema: { body: PairRequest, answer: ClientSummary },
    handler: ({ service, body }) => service.pairing.pair(body),
    subject: ({ name, id }) => `${name} ${id}`,
  }),
  route({
    method: 'POST',
    path: '/pairing/refuse',
    access: 'operate',
    summary: 'Send away the client that waits longest at this address',
    schema: { body: RefuseRequest, answer: Done },
    handler: ({ service, body }) => {
      service.pairing.refuse(body.address);
      return {};
    },
    subject: (_, { address }) => address,
  }),
];
