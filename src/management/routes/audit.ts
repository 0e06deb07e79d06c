import { Type } from 'typebox';
import { AuditEntry } from '../../trust/audit-log.ts';
import { route } from '../route.ts';

const max_entries = 5_000;
const usual_entries = 100;

export const audit_routes = [
  route({
    method: 'GET',
    path: '/audit',
    access: 'admin',
    summary: 'Who changed what, and how it went; the newest first',
    schema: {
      query: Type.Object({ count: Type.Optional(Type.Integer({ minimum: 1, maximum: max_entries })) }),
      answer: Type.Array(AuditEntry),
    },
    handler: ({ service, query: { count = usual_entries } }) => service.audit.latest(count),
  }),
];
