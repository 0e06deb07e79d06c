// What the host tells as it happens, heard while the page is looked at: a hidden one costs the host nothing. One window of a browser has
// the connection and hands on what comes: a browser has six to a host (HTTP/1.1), and each page needs some to ask.

import { checkConnection } from './connection.ts';
import { questions } from './questions.ts';

const retry_ms = 5000;

/** What the host says first, on each connection: whatever was before is not told. */
const hello = { type: 'hello' };

type Heard = (message: unknown) => void;

/**
 * Server-sent events at `path`. A `hello` comes first, from the host itself or because another window has the connection, and again
 * whenever something may have been missed. Returns what ends it.
 */
export function listen(path: string, onMessage: Heard): () => void {
  let over = new AbortController();
  const open = () => {
    over.abort();
    over = new AbortController();
    if (!document.hidden) hear(path, onMessage, over.signal);
  };
  document.addEventListener('visibilitychange', open);
  open();
  return () => {
    document.removeEventListener('visibilitychange', open);
    over.abort();
  };
}

/** Null, to the other windows: the connection was cut. */
function hear(path: string, onMessage: Heard, over: AbortSignal): void {
  const others = new BroadcastChannel(path);
  over.addEventListener('abort', () => others.close());
  others.onmessage = ({ data }) => (data === null ? void lookWhy() : onMessage(data));
  const connect = (lock: Lock | null) =>
    lock &&
    connected(path, over, (message) => {
      others.postMessage(message);
      if (message === null) void lookWhy();
      else onMessage(message);
    });
  void navigator.locks.request(path, { ifAvailable: true }, connect).then((ended) => {
    if (ended || over.aborted) return;
    onMessage(hello);
    // Refused only when this window wants it no more.
    navigator.locks.request(path, { signal: over }, connect).catch(() => undefined);
  });
}

/** The host may be gone, or it answers, and the session is over. */
async function lookWhy(): Promise<void> {
  if (await checkConnection()) void questions.invalidateQueries({ queryKey: ['session'] });
}

/** Ends when it is over. */
function connected(path: string, over: AbortSignal, onMessage: Heard): Promise<true> {
  let source: EventSource | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(path);
    source.onmessage = ({ data }) => onMessage(JSON.parse(data));
    source.onerror = () => {
      onMessage(null);
      // A cut connection it makes anew by itself; one that was refused it does not.
      if (source?.readyState === EventSource.CLOSED) waiting = setTimeout(open, retry_ms);
    };
  };
  const { promise, resolve } = Promise.withResolvers<true>();
  over.addEventListener('abort', () => {
    clearTimeout(waiting);
    source?.close();
    resolve(true);
  });
  if (over.aborted) resolve(true);
  else open();
  return promise;
}
