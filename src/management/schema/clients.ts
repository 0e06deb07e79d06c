import { type Static, Type } from 'typebox';
import { ClientName, Rights } from '../../trust/clients.ts';
import { Nullable } from './common.ts';

export const ClientSummary = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    paired_at: Type.String(),
    last_seen_at: { ...Nullable(Type.String()), description: 'null: not since this is noted' },
    expires_at: { ...Nullable(Type.String()), description: 'null: never' },
    expired: Type.Boolean({ description: 'it is treated as one that is not paired' }),
    rights: { ...Rights, description: 'besides seeing and hearing the desktop' },
    fingerprint: Type.String({ description: "SHA-256 of the client's certificate" }),
    streaming: Type.Boolean(),
  },
  { title: 'ClientSummary' },
);
export type ClientSummary = Static<typeof ClientSummary>;

export const ClientEdit = Type.Object(
  {
    name: Type.Optional(ClientName),
    rights: Type.Optional(Type.Partial(Rights, { additionalProperties: false })),
    expires_at: Type.Optional(
      Nullable(
        Type.String({
          maxLength: 32,
          pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?(Z|[+-]\\d\\d:\\d\\d))?$',
          description: 'ISO 8601; null: never',
        }),
      ),
    ),
  },
  { title: 'ClientEdit', additionalProperties: false, minProperties: 1 },
);
export type ClientEdit = Static<typeof ClientEdit>;

export const ClientPath = Type.Object({ id: Type.String({ maxLength: 64 }) });
