// The latest of what is told, with a number each, so that who lost the connection can go on where it was. Bounded: what was pushed out is
// told as a gap, never passed over in silence.

import { randomBytes } from 'node:crypto';

export interface Numbered<T> {
  /** Of no other entry, in no other run of the host either. */
  id: string;
  value: T;
}

export interface JournalOptions<T> {
  count: number;
  /** Of all that is kept, by `sizeOf`; without them the count alone bounds it. */
  bytes?: number;
  sizeOf?: (value: T) => number;
}

export interface Reading<T> {
  missed: Numbered<T>[];
  gap: boolean;
  end: () => void;
}

export class Journal<T> {
  /** Tells this run of the host from others: numbers begin anew with each. */
  readonly #run = randomBytes(4).toString('hex');
  readonly #options: JournalOptions<T>;
  readonly #kept: Numbered<T>[] = [];
  readonly #readers = new Set<(entry: Numbered<T>) => void>();
  #count = 0;
  #bytes = 0;

  constructor(options: JournalOptions<T>) {
    this.#options = options;
  }

  add(value: T): void {
    const { count, bytes = Number.POSITIVE_INFINITY } = this.#options;
    const entry = { id: this.#idOf(++this.#count), value };
    this.#kept.push(entry);
    this.#bytes += this.#sizeOf(entry);
    while (this.#kept.length > count || (this.#bytes > bytes && this.#kept.length > 1)) {
      const oldest = this.#kept.shift();
      if (oldest) this.#bytes -= this.#sizeOf(oldest);
    }
    for (const onEntry of [...this.#readers]) onEntry(entry);
  }

  get newest_id(): string | null {
    return this.#count === 0 ? null : this.#idOf(this.#count);
  }

  /** All that is kept, the oldest first. */
  get kept(): readonly Numbered<T>[] {
    return this.#kept;
  }

  /**
   * What came after the entry `last_id`, and from now on what comes. Undefined: from now on. An id that is none of this run's, or of what
   * is no longer kept, is a gap: then all that is kept is given.
   */
  read(last_id: string | undefined, onEntry: (entry: Numbered<T>) => void): Reading<T> {
    this.#readers.add(onEntry);
    return { ...this.#since(last_id), end: () => void this.#readers.delete(onEntry) };
  }

  #since(last_id: string | undefined): Omit<Reading<T>, 'end'> {
    if (last_id === undefined) return { missed: [], gap: false };
    const [, run, digits] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(last_id) ?? [];
    const number = Number(digits);
    const oldest = this.#count - this.#kept.length;
    if (run !== this.#run || number > this.#count || number < oldest) return { missed: [...this.#kept], gap: true };
    return { missed: this.#kept.slice(number - oldest), gap: false };
  }

  #idOf(number: number): string {
    return `${this.#run}-${number}`;
  }

  #sizeOf({ value }: Numbered<T>): number {
    return this.#options.sizeOf?.(value) ?? 0;
  }
}
