// The lines that the page holds: what was asked for first, then what came; bounded, each once.

import type { components } from '../../../api/schema.ts';

export type LogEntry = components['schemas']['LogEntry'];

export const most_lines = 2000;

export interface Held {
  lines: readonly LogEntry[];
  /** Lines before them are not here. */
  cut: boolean;
}

export const nothing_held: Held = { lines: [], cut: false };

/** With the latest of the host: what is here and not in it was written before, or since it was asked for. */
export function withLatest({ lines, cut }: Held, latest: readonly LogEntry[]): Held {
  const known = new Set(latest.map(({ id }) => id));
  const others = lines.filter(({ id }) => !known.has(id));
  const all = [...latest, ...others].toSorted((one, other) => Date.parse(one.time) - Date.parse(other.time));
  return { lines: all.slice(-most_lines), cut: cut || all.length > most_lines };
}

/** What was written; after a cut it may come again. */
export function withLine({ lines, cut }: Held, line: LogEntry): Held {
  if (lines.some(({ id }) => id === line.id)) return { lines, cut };
  return { lines: [...lines, line].slice(-most_lines), cut: cut || lines.length === most_lines };
}
