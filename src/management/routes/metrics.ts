import { route } from '../route.ts';

export const metric_routes = [
  route({
    method: 'GET',
    path: '/metrics',
    at_root: true,
    access: 'read',
    summary: "Figures since the host's start, in Prometheus' text format",
    schema: { answer: { content_type: 'text/plain; version=0.0.4; charset=utf-8' } },
    handler: ({ service }) => service.metrics(),
  }),
];
