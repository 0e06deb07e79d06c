// What happens on a host, as plain data: schemas, so that a script knows them too. The rooms in which it happens tell it; the log, the
// terminal, the API, recordings and metrics listen. Whoever tells does not know who listens; a listener that fails takes nothing with it.

import { type Static, Type } from 'typebox';
import { Statistics } from './contract/statistics.ts';
import type { Logger } from './log.ts';

/** One step of one kind, with what else is told of it. */
const happening = <const T extends string, const S extends string, P extends Type.TProperties>(
  type: T,
  step: S | [S, ...S[]],
  properties: P,
) =>
  Type.Object({
    type: Type.Literal(type),
    step: Type.Enum(typeof step === 'string' ? [step] : step),
    ...properties,
  });

const NamedClient = Type.Object({ id: Type.String(), name: Type.String() });
export type NamedClient = Static<typeof NamedClient>;

/** A stream from its launch to its end: another launch or resume is another one. */
export const NamedSession = Type.Object(
  {
    id: Type.String(),
    client: Type.Object({ id: Type.String(), name: Type.String(), address: Type.String() }),
    app: Type.Object({ id: Type.Integer(), title: Type.String() }),
  },
  { title: 'NamedSession' },
);
export type NamedSession = Static<typeof NamedSession>;

const pairing_events = [
  happening('pairing', 'waiting', { address: Type.String() }),
  happening('pairing', 'paired', { address: Type.String(), client: NamedClient }),
  happening('pairing', 'failed', { address: Type.String(), reason: Type.String() }),
  happening('pairing', 'unpaired', { client: NamedClient }),
  /** Its name, its rights, its end. */
  happening('pairing', 'changed', { client: NamedClient }),
] as const;
export type PairingEvent = Static<(typeof pairing_events)[number]>;

export const StreamedVideo = Type.Object(
  {
    width: Type.Integer(),
    height: Type.Integer(),
    fps: Type.Integer(),
    codec: Type.String(),
    encoder: Type.String(),
    bitrate_kbps: Type.Integer(),
  },
  { title: 'StreamedVideo' },
);
export type StreamedVideo = Static<typeof StreamedVideo>;

const session_events = [
  happening('session', 'launched', { session: NamedSession }),
  happening('session', 'connected', { session: NamedSession }),
  happening('session', 'streaming', { session: NamedSession, video: StreamedVideo }),
  happening('session', 'ended', { session: NamedSession, reason: Type.String() }),
] as const;
export type SessionEvent = Static<(typeof session_events)[number]>;

const stream_problem = {
  code: Type.String(),
  /** What the sentence, a row of src/errors.ts, was made with. */
  parameters: Type.Readonly(Type.Record(Type.String(), Type.String())),
  /** For people: what happened and what to do. */
  detail: Type.String(),
};
/** What is not as it should be with a stream. */
export const StreamProblem = Type.Object(stream_problem);
export type StreamProblem = Static<typeof StreamProblem>;

/** Told once a session and code, fatal or not; `over` when it is mended. */
const problem_events = [
  happening('problem', ['began', 'repeated', 'over'], {
    ...stream_problem,
    session: NamedSession,
    fatal: Type.Boolean(),
  }),
] as const;
export type ProblemEvent = Static<(typeof problem_events)[number]>;

const display_events = [
  happening('display', 'opened', { description: Type.String() }),
  happening('display', 'gone', { description: Type.String(), reason: Type.String() }),
  happening('display', 'left', { description: Type.String() }),
  happening('display', ['leased', 'released'], {
    description: Type.String(),
    output: Type.String(),
    session: NamedSession,
  }),
] as const;
export type DisplayEvent = Static<(typeof display_events)[number]>;

/** The program of an application: `detached` when it handed its work over and cannot be watched. */
const app_events = [
  happening('app', ['ended', 'failed', 'detached'], { title: Type.String(), how: Type.String() }),
] as const;
export type AppEvent = Static<(typeof app_events)[number]>;

/** Something that the API lists is not as it was: of which kind, and no more, since who may only read hears it too. */
export const ChangedList = Type.Enum(['applications', 'browsers', 'measurements', 'recordings', 'settings', 'tokens']);
export type ChangedList = Static<typeof ChangedList>;
const list_events = [happening('list', 'changed', { of: ChangedList })] as const;

const measurement_events = [
  happening('measurement', 'began', { id: Type.String() }),
  /** detail: what it is doing, for people. */
  happening('measurement', 'progress', { id: Type.String(), part: Type.String(), detail: Type.String() }),
  /** reason: why it was cut short, or not kept; empty: neither. */
  happening('measurement', 'ended', { id: Type.String(), reason: Type.String() }),
] as const;
export type MeasurementEvent = Static<(typeof measurement_events)[number]>;

export const host_events = [
  ...pairing_events,
  ...session_events,
  ...problem_events,
  ...display_events,
  ...app_events,
  ...list_events,
  ...measurement_events,
] as const;
export type HostEvent = Static<(typeof host_events)[number]>;
export type HostListener = (event: HostEvent) => void;

/** Of two reports: one is short for a low rate. New pictures a second; repetitions of one that the client has count for nothing. */
export const Pictures = Type.Object(
  {
    asked: Type.Number(),
    /** At most, by the desktop; null: it does not tell. */
    shown: Type.Union([Type.Number(), Type.Null()]),
    sent: Type.Number(),
    /** Of those that the client could have had. */
    missed: Type.Number(),
    /** detail: as a part of a sentence. */
    bound: Type.Object({
      by: Type.Enum(['client', 'desktop', 'capture', 'encoder', 'network']),
      detail: Type.String(),
    }),
  },
  { title: 'Pictures' },
);
export type Pictures = Static<typeof Pictures>;

/** How a stream goes: once a second, and no event, since it would be most of them. */
export const SessionReport = Type.Object(
  {
    type: Type.Literal('report'),
    session: NamedSession,
    statistics: Statistics,
    /** null: there was no picture yet. */
    pictures: Type.Union([Pictures, Type.Null()]),
  },
  { title: 'SessionReport' },
);
export type SessionReport = Static<typeof SessionReport>;

export class Topic<T extends { type: string }> {
  readonly #log: Logger;
  readonly #listeners = new Set<(told: T) => void>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Hears everything from now on, in the order of happening. Returns what ends it. */
  subscribe(listener: (told: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(told: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(told);
      } catch (error) {
        this.#log.error({ event: 'listener_failed', of: told.type, err: error }, 'A listener to events failed.');
      }
    }
  }
}

export class HostEvents extends Topic<HostEvent> {
  readonly reports: Topic<SessionReport>;

  constructor(log: Logger) {
    super(log);
    this.reports = new Topic(log);
  }
}
