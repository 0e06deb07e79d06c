// What happens, for those who listen from outside.

import { entryOf, type JournalEntry, keepEvents } from '../event-journal.ts';
import type { HostEvents } from '../events.ts';

export class EventsService {
  readonly #journal: ReturnType<typeof keepEvents>;

  constructor(events: HostEvents) {
    this.#journal = keepEvents(events);
  }

  get newest_id(): string | null {
    return this.#journal.newest_id;
  }

  /** All that is known of, the oldest first. */
  get kept(): JournalEntry[] {
    return this.#journal.kept.map(entryOf);
  }

  /** As Journal.read. */
  read(last_id: string | undefined, onEntry: (entry: JournalEntry) => void) {
    const { missed, gap, end } = this.#journal.read(last_id, (entry) => onEntry(entryOf(entry)));
    return { missed: missed.map(entryOf), gap, end };
  }
}
