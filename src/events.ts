// What happens on a host, as plain data. The rooms in which it happens tell it; the log, the terminal, the local API listen. Whoever tells
// does not know who listens, and a listener that fails takes nothing with it.

import type { Logger } from './log.ts';

export interface NamedClient {
  id: string;
  name: string;
}

/** A stream from its launch to its end: another launch or resume is another one. */
export interface NamedSession {
  id: string;
  client: NamedClient & { address: string };
  app: { id: number; title: string };
}

export type PairingEvent =
  | { type: 'pairing'; step: 'waiting'; address: string }
  | { type: 'pairing'; step: 'paired'; address: string; client: NamedClient }
  | { type: 'pairing'; step: 'failed'; address: string; reason: string }
  | { type: 'pairing'; step: 'unpaired'; client: NamedClient };

export type SessionEvent =
  | { type: 'session'; step: 'launched'; session: NamedSession }
  | { type: 'session'; step: 'connected'; session: NamedSession }
  | {
      type: 'session';
      step: 'streaming';
      session: NamedSession;
      video: { width: number; height: number; fps: number; codec: string; encoder: string; bitrate_kbps: number };
    }
  | { type: 'session'; step: 'ended'; session: NamedSession; reason: string };

/** What is not as it should be with a stream. */
export interface StreamProblem {
  code: string;
  /** What the sentence was made with; those of an engine's codes are in src/contract/problems.ts. */
  parameters: Readonly<Record<string, string>>;
  /** For people: what happened and what to do. */
  detail: string;
}

/** Told once a session and code, fatal or not; `over` when it is mended. */
export type ProblemEvent = StreamProblem & {
  type: 'problem';
  step: 'began' | 'repeated' | 'over';
  session: NamedSession;
  fatal: boolean;
};

export type DisplayEvent =
  | { type: 'display'; step: 'opened'; description: string }
  | { type: 'display'; step: 'gone'; description: string; reason: string }
  | { type: 'display'; step: 'left'; description: string }
  | { type: 'display'; step: 'leased' | 'released'; description: string; output: string; session: NamedSession };

/** The program of an application: `detached` when it handed its work over and cannot be watched. */
export type AppEvent = {
  type: 'app';
  step: 'ended' | 'failed' | 'detached';
  title: string;
  how: string;
};

export type HostEvent = PairingEvent | SessionEvent | ProblemEvent | DisplayEvent | AppEvent;
export type HostListener = (event: HostEvent) => void;

export class HostEvents {
  readonly #log: Logger;
  readonly #listeners = new Set<HostListener>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Hears everything from now on, in the order of happening. Returns what ends it. */
  subscribe(listener: HostListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: HostEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ event: 'listener_failed', of: event.type, err: error }, 'A listener to events failed.');
      }
    }
  }
}
