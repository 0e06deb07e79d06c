// What the host is, and what it can be brought up to.

import { type Static, Type } from 'typebox';
import { Nullable, OneOf } from './common.ts';

export const Health = Type.Object({ healthy: Type.Literal(true) }, { title: 'Health', description: 'It answers.' });

export const HostFacts = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    /** How it came onto the machine. */
    install_kind: Type.String(),
    system: Type.String(),
    kernel: Type.String(),
    architecture: Type.String(),
    node: Type.String(),
    data_dir: Type.String(),
    addresses: Type.Array(Type.String()),
    ports: Type.Record(Type.String(), Type.Integer()),
    certificate_sha256: Type.String({
      description: 'Of the certificate by which clients and browsers know this host.',
    }),
  },
  { title: 'Host' },
);
export type HostFacts = Static<typeof HostFacts>;

export const Update = Type.Object(
  {
    install_kind: Type.String(),
    running: Type.String(),
    /** On the disk: what the next start runs. null: unknown. */
    installed: Nullable(Type.String()),
    /** What the machine's own package system knows of already, or has staged for the next boot; null: nothing newer, or unknown. */
    available: Nullable(Type.String()),
    restart: OneOf('none', 'host', 'machine'),
    /** In a sentence, also why something is unknown. */
    detail: Type.String(),
    /** What to do; empty when there is nothing to do. */
    cure: Type.String(),
  },
  { title: 'Update', description: 'Asked of the machine alone: nothing of it goes over the network.' },
);
export type Update = Static<typeof Update>;
