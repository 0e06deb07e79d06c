import { type Static, Type } from 'typebox';
import { ClientName } from '../../trust/clients.ts';

const address = Type.String({ maxLength: 64 });

export const WaitingClient = Type.Object(
  {
    address: Type.String(),
    waiting_s: Type.Integer(),
    left_s: Type.Integer({ description: 'after which it is sent away' }),
    pause_s: Type.Integer({ description: 'before a PIN is tried: another client failed just now' }),
  },
  { title: 'WaitingClient' },
);
export type WaitingClient = Static<typeof WaitingClient>;

export const PairRequest = Type.Object(
  {
    pin: Type.String({ maxLength: 16 }),
    name: Type.Optional(ClientName),
    address: Type.Optional(Type.String({ maxLength: 64, description: 'which one, when several wait' })),
  },
  { title: 'PairRequest', additionalProperties: false },
);
export type PairRequest = Static<typeof PairRequest>;

export const RefuseRequest = Type.Object({ address }, { title: 'RefuseRequest', additionalProperties: false });
