import { Type } from 'typebox';
import { JournalEntry } from '../../event-journal.ts';
import { SessionReport } from '../../events.ts';
import { EventStream, eventStreamOf } from '../event-stream.ts';
import { resume } from '../resume.ts';
import { route } from '../route.ts';
import { After, Hello } from '../schema/events.ts';

/** Seconds that a listener may be behind. */
const max_reports_waiting = 30;

export const event_routes = [
  route({
    method: 'GET',
    path: '/events',
    access: 'read',
    summary:
      'What happens, as server-sent events: a Hello first, then each HostEvent, from the one after Last-Event-ID on',
    schema: {
      query: Type.Object({ after: Type.Optional(After) }),
      answer: eventStreamOf(Type.Union([Hello, JournalEntry])),
    },
    handler: (asked) => resume(asked, asked.service.events),
  }),
  route({
    method: 'GET',
    path: '/statistics',
    access: 'read',
    summary:
      'How each stream goes, as server-sent events: a SessionReport a second and stream, with the times of each picture',
    schema: { answer: eventStreamOf(SessionReport) },
    handler: ({ service, reply }) => {
      const stream = new EventStream(reply, max_reports_waiting);
      stream.onEnd(service.sessions.watch((report) => stream.send({ data: report })));
      return stream;
    },
  }),
];
