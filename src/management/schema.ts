// What the commands and the running host say to each other over the local socket. One schema: validation, types and, later, the API
// document.

import { type Static, Type } from 'typebox';
import { Statistics } from '../contract/statistics.ts';
import { max_client_name_length } from '../trust/clients.ts';

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const ErrorReport = Type.Object({ code: Type.String(), message: Type.String(), cure: Type.String() });

export const ClientSummary = Type.Object({
  id: Type.String(),
  name: Type.String(),
  paired_at: Type.String(),
  /** SHA-256 of the certificate. */
  fingerprint: Type.String(),
  streaming: Type.Boolean(),
});
export type ClientSummary = Static<typeof ClientSummary>;

export const PairRequest = Type.Object(
  {
    pin: Type.String({ maxLength: 16 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: max_client_name_length })),
    /** Which one, when several wait. */
    address: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { additionalProperties: false },
);
export type PairRequest = Static<typeof PairRequest>;

const NamedClient = Type.Object({ id: Type.String(), name: Type.String() });

/** A stream, from its launch to its end. */
const SessionSummary = Type.Object({
  id: Type.String(),
  phase: Type.String(),
  app: Type.Object({ id: Type.Integer(), title: Type.String() }),
  client: Type.Object({ id: Type.String(), name: Type.String(), address: Type.String() }),
  ports: Type.Object({ video: Type.Integer(), control: Type.Integer(), audio: Type.Integer() }),
  started_at: Type.String(),
  video: Nullable(
    Type.Object({
      width: Type.Integer(),
      height: Type.Integer(),
      fps: Type.Integer(),
      codec: Type.String(),
      encoder: Type.String(),
      bitrate_kbps: Type.Integer(),
      encrypted: Type.Boolean(),
    }),
  ),
  engine: Type.Object({ pid: Type.Integer(), restarts: Type.Integer() }),
  /** What is not as it should be and did not end the stream: one a kind. */
  problems: Type.Array(
    Type.Object({
      code: Type.String(),
      parameters: Type.Record(Type.String(), Type.String()),
      /** For people. */
      detail: Type.String(),
    }),
  ),
  stats: Nullable(Statistics),
});

/** An application that runs, watched or not. */
const AppSummary = Type.Object({
  id: Type.Integer(),
  title: Type.String(),
  client: NamedClient,
  watched: Type.Boolean(),
});

export const Status = Type.Object({
  version: Type.String(),
  pid: Type.Integer(),
  name: Type.String(),
  uptime_s: Type.Integer(),
  memory_mb: Type.Integer(),
  addresses: Type.Array(Type.String()),
  ports: Type.Record(Type.String(), Type.Integer()),
  display: Nullable(Type.String()),
  display_kind: Nullable(Type.Union([Type.Literal('session'), Type.Literal('embedded'), Type.Literal('synthetic')])),
  /** What the desktop that is open lacks to be streamed now, as a part of a sentence: it does not answer. */
  display_trouble: Nullable(Type.String()),
  announced: Type.Boolean(),
  /** In the order of their launches. */
  apps: Type.Array(AppSummary),
  sessions: Type.Array(SessionSummary),
  waiting_to_pair: Type.Array(Type.Object({ address: Type.String(), waiting_s: Type.Integer() })),
  paired_clients: Type.Integer(),
  /** What unpaired machines were refused since the start. */
  strangers: Type.Object({
    requests_refused: Type.Integer(),
    connections_closed: Type.Integer(),
    lines_left_out: Type.Integer(),
  }),
});
export type Status = Static<typeof Status>;
