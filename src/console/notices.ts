// What became of something that was done, told at the edge of the page.

import { useSyncExternalStore } from 'react';

export interface Notice {
  id: number;
  kind: 'good' | 'bad';
  sentence: string;
  cure?: string;
}

/** Read in time; a failure stays until it is dismissed. */
const shown_ms = 6000;
const most = 4;

const listeners = new Set<() => void>();
let notices: readonly Notice[] = [];
let last_id = 0;

export function tell(notice: Omit<Notice, 'id'>): void {
  const id = ++last_id;
  set([...notices, { ...notice, id }].slice(-most));
  if (notice.kind === 'good') setTimeout(() => dismiss(id), shown_ms);
}

export function dismiss(id: number): void {
  set(notices.filter((notice) => notice.id !== id));
}

function set(value: readonly Notice[]): void {
  notices = value;
  for (const listener of listeners) listener();
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
}
