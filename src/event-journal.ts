// What happened lately, for scripts and pages.

import { type Static, Type } from 'typebox';
import { type HostEvent, type HostEvents, host_events } from './events.ts';
import { Journal, type Numbered } from './journal.ts';

type TimedEvent = { time: string } & HostEvent;

/** Usually days; some 0.4 MB at most. */
const kept_events = 1_000;

export function keepEvents(events: HostEvents): Journal<TimedEvent> {
  const journal = new Journal<TimedEvent>({ count: kept_events });
  events.subscribe((event) => journal.add({ time: new Date().toISOString(), ...event }));
  return journal;
}

const place = { id: Type.String(), time: Type.String({ format: 'date-time' }) };

/** As scripts get it: the event, with its place in the journal. */
export const JournalEntry = Type.Union(
  host_events.map((event) => Type.Object({ ...place, ...event.properties })),
  { title: 'HostEvent' },
) as unknown as Type.TUnsafe<{ id: string } & TimedEvent>;
export type JournalEntry = Static<typeof JournalEntry>;

export const entryOf = ({ id, value }: Numbered<TimedEvent>): JournalEntry => ({ id, ...value });
