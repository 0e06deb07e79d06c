import { Type } from 'typebox';
import { LogEntry } from '../../log-ring.ts';
import { eventStreamOf } from '../event-stream.ts';
import { resume } from '../resume.ts';
import { route } from '../route.ts';
import { After, Hello } from '../schema/events.ts';
import { LogPage, log_filter } from '../schema/logs.ts';

const max_entries = 5_000;
const usual_entries = 500;

export const log_routes = [
  route({
    method: 'GET',
    path: '/logs',
    access: 'read',
    summary: 'The newest lines of the log, of a level and worse, with a text in them',
    schema: {
      query: Type.Object({ ...log_filter, count: Type.Optional(Type.Integer({ minimum: 1, maximum: max_entries })) }),
      answer: LogPage,
    },
    handler: ({ service: { logs }, query: { count = usual_entries, ...filter } }) => ({
      entries: logs.latest(filter, count),
      newest_id: logs.newest_id,
    }),
  }),
  route({
    method: 'GET',
    path: '/logs/stream',
    access: 'read',
    summary: 'Lines of the log as they are written, as server-sent events: a Hello first, then each LogEntry',
    schema: {
      query: Type.Object({ ...log_filter, after: Type.Optional(After) }),
      answer: eventStreamOf(Type.Union([Hello, LogEntry])),
    },
    handler: (asked) => {
      const { logs } = asked.service;
      return resume(asked, {
        newest_id: logs.newest_id,
        read: (last_id, onEntry) => logs.read(last_id, asked.query, onEntry),
      });
    },
  }),
];
