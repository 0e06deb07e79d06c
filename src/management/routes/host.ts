import { route } from '../route.ts';
import { Health, HostFacts, Update } from '../schema/host.ts';

export const host_routes = [
  route({
    method: 'GET',
    path: '/health',
    access: 'open',
    summary: 'Whether the host answers',
    schema: { answer: Health },
    handler: () => ({ healthy: true as const }),
  }),
  route({
    method: 'GET',
    path: '/host',
    access: 'read',
    summary: 'What this host is',
    schema: { answer: HostFacts },
    handler: ({ service }) => service.host(),
  }),
  route({
    method: 'GET',
    path: '/update',
    access: 'read',
    summary: 'What runs, what is installed, and what is newer; without asking the network',
    schema: { answer: Update },
    handler: ({ service }) => service.updates.status(),
  }),
];
