import { type Static, Type } from 'typebox';
import { Nullable, OneOf } from './common.ts';
import { WaitingClient } from './pairing.ts';
import { SessionSummary } from './sessions.ts';

/** An application that runs, watched or not. */
const AppSummary = Type.Object({
  id: Type.Integer(),
  title: Type.String(),
  client: Type.Object({ id: Type.String(), name: Type.String() }),
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
  console_addresses: Type.Array(Type.String(), { description: 'where browsers find the console; none: it is off' }),
  certificate_sha256: Type.String({ description: 'of the certificate that browsers and clients see' }),
  display: Nullable(Type.String()),
  display_kind: Nullable(OneOf('session', 'embedded', 'synthetic')),
  /** What the desktop that is open lacks to be streamed now, as a part of a sentence: it does not answer. */
  display_trouble: Nullable(Type.String()),
  announced: Type.Boolean(),
  /** In the order of their launches. */
  apps: Type.Array(AppSummary),
  sessions: Type.Array(SessionSummary),
  waiting_to_pair: Type.Array(WaitingClient),
  paired_clients: Type.Integer(),
  /** What unpaired machines were refused since the start. */
  strangers: Type.Object({
    requests_refused: Type.Integer(),
    connections_closed: Type.Integer(),
    lines_left_out: Type.Integer(),
  }),
});
export type Status = Static<typeof Status>;
