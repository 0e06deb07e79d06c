// A stream of entries with ids: what the listener missed, and from there on what comes.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { version } from '../config/paths.ts';
import { EventStream } from './event-stream.ts';
import type { Hello } from './schema/events.ts';

/** Messages that wait for a listener who does not read: more than is ever kept for one who comes back. */
const max_waiting = 6_000;

interface Reading<T> {
  missed: T[];
  gap: boolean;
  end: () => void;
}

export interface Resumable<T> {
  newest_id: string | null;
  read(last_id: string | undefined, onEntry: (entry: T) => void): Reading<T>;
}

/** `after`: of the query; the header, which browsers send by themselves, goes before it. */
export function resume<T extends { id: string }>(
  { request, reply, query: { after } }: { request: FastifyRequest; reply: FastifyReply; query: { after?: string } },
  entries: Resumable<T>,
): EventStream {
  const stream = new EventStream(reply, max_waiting);
  const told = request.headers['last-event-id'];
  const last_id = typeof told === 'string' && told !== '' ? told : after;
  const send = (entry: T) => stream.send({ id: entry.id, data: entry });
  const { newest_id } = entries;
  const { missed, gap, end } = entries.read(last_id, send);
  stream.onEnd(end);
  // With a gap the listener has no place in what follows until its first entry.
  const id = gap ? null : (last_id ?? newest_id);
  const hello: Hello = { type: 'hello', id, time: new Date().toISOString(), version, gap };
  stream.send({ id, data: hello });
  for (const entry of missed) send(entry);
  return stream;
}
