// Follows the log: the latest lines that pass, once each of them is heard as it comes. What a lost connection or a hidden page did not hear
// is asked for when it hears again.

import { useEffect, useRef, useState } from 'react';
import { answer, api } from '../../api.ts';
import { explain } from '../../errors.ts';
import { listen } from '../../live.ts';
import { tell } from '../../notices.ts';
import { type Held, type LogEntry, most_lines, nothing_held, withLatest, withLine } from './lines.ts';

/** The least first. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

export function useLogTail(level: Level, text: string, paused: boolean): Held & { loaded: boolean; waiting: number } {
  const [{ held, loaded }, set] = useState({ held: nothing_held, loaded: false });
  useEffect(() => follow(level, text, set), [level, text]);
  const shown = useRef(held);
  if (!paused) shown.current = held;
  const last = shown.current.lines.at(-1)?.id;
  const waiting = held.lines.length - 1 - held.lines.findIndex(({ id }) => id === last);
  return { ...shown.current, loaded, waiting: paused ? waiting : 0 };
}

type Set = (change: (state: { held: Held; loaded: boolean }) => { held: Held; loaded: boolean }) => void;

/** Returns what ends it. */
function follow(level: Level, text: string, set: Set): () => void {
  set(() => ({ held: nothing_held, loaded: false }));
  const filter = { level, ...(text && { text }) };
  const ended = new AbortController();
  const { signal } = ended;
  const askLatest = () =>
    answer(api.GET('/api/v1/logs', { params: { query: { ...filter, count: most_lines } }, signal })).then(
      ({ entries }) => signal.aborted || set(({ held }) => ({ held: withLatest(held, entries), loaded: true })),
      (error: unknown) => signal.aborted || tell({ kind: 'bad', ...explain(error) }),
    );
  const end = listen(`/api/v1/logs/stream?${new URLSearchParams(filter)}`, (message) => {
    const told = message as LogEntry | { type: 'hello' };
    if ('type' in told) void askLatest();
    else set((state) => ({ ...state, held: withLine(state.held, told) }));
  });
  signal.addEventListener('abort', end);
  return () => ended.abort();
}
