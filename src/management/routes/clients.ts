import { Type } from 'typebox';
import { route } from '../route.ts';
import { ClientEdit, ClientPath, ClientSummary } from '../schema/clients.ts';

export const client_routes = [
  route({
    method: 'GET',
    path: '/clients',
    access: 'read',
    summary: 'The paired clients',
    schema: { answer: Type.Array(ClientSummary) },
    handler: ({ service }) => service.clients.list(),
  }),
  route({
    method: 'PATCH',
    path: '/clients/:id',
    access: 'admin',
    summary: 'Give a client another name, other rights, an end; a right that is taken away ends its stream',
    schema: { params: ClientPath, body: ClientEdit, answer: ClientSummary },
    handler: ({ service, params, body }) => service.clients.change(params.id, body),
    subject: ({ name }, body) => `${name} (${Object.keys(body).join(', ')})`,
  }),
  route({
    method: 'DELETE',
    path: '/clients/:id',
    access: 'admin',
    summary: 'Take the right to stream away from a client, and end what it has on',
    schema: { params: ClientPath, answer: ClientSummary },
    handler: ({ service, params }) => service.clients.unpair(params.id),
    subject: ({ name }) => name,
  }),
];
