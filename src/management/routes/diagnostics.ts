import { route } from '../route.ts';

export const diagnostics_routes = [
  route({
    method: 'GET',
    path: '/diagnostics',
    access: 'admin',
    summary: 'What somebody who helps needs to know, as an archive; without secrets. The doctor examines for it',
    schema: { answer: { content_type: 'application/gzip' } },
    handler: ({ service, reply }) => {
      reply.header('content-disposition', 'attachment; filename="punktfunk-diagnostics.tar.gz"');
      return service.diagnostics();
    },
  }),
];
