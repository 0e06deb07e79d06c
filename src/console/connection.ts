// Whether the host answers. Whoever asked it and got nothing has it checked; while it is lost it is asked now and then, until it answers,
// and all that the pages show is asked for anew.

import { useSyncExternalStore } from 'react';

const first_retry_ms = 1000;
const last_retry_ms = 15_000;

const listeners = new Set<() => void>();
const returns = new Set<() => void>();
let lost = false;
let checking: Promise<boolean> | undefined;

/** Told when the host answers again. */
export function onReturn(listener: () => void): () => void {
  returns.add(listener);
  return () => returns.delete(listener);
}

/** Whether it answers. */
export function checkConnection(): Promise<boolean> {
  if (lost) return Promise.resolve(false);
  checking ??= check().finally(() => {
    checking = undefined;
  });
  return checking;
}

async function check(): Promise<boolean> {
  if (await answers()) return true;
  set(true);
  retry(first_retry_ms);
  return false;
}

function retry(after_ms: number): void {
  setTimeout(async () => {
    if (!document.hidden && (await answers())) {
      set(false);
      for (const listener of returns) listener();
    } else retry(Math.min(after_ms * 2, last_retry_ms));
  }, after_ms);
}

/** Any answer is one. */
async function answers(): Promise<boolean> {
  try {
    await fetch('/api/v1/health', { cache: 'no-store' });
    return true;
  } catch {
    return false;
  }
}

function set(value: boolean): void {
  lost = value;
  for (const listener of listeners) listener();
}

export function useConnectionLost(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => lost,
  );
}
