import { route } from '../route.ts';
import { Status } from '../schema/status.ts';

export const status_routes = [
  route({
    method: 'GET',
    path: '/status',
    access: 'read',
    summary: 'What the host is doing',
    schema: { answer: Status },
    handler: ({ service }) => service.status(),
  }),
];
