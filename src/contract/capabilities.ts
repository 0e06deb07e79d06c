// What an engine can do on this machine, found by trying.

import { Type } from 'typebox';
import { Failure } from './problems.ts';
import { List, Nullable, type Static, struct, Text, Whole, words } from './schema.ts';
import { BitDepth, Chroma, Codec } from './video.ts';

const EncoderCapability = struct('EncoderCapability', {
  name: Text(64),
  codec: Codec,
  chromas: List(Chroma, 8),
  bit_depths: List(BitDepth, 8),
  max_width: Whole(0, 65_536),
  max_height: Whole(0, 65_536),
  /** Why it cannot be used; null: it encodes. */
  failure: Nullable(Failure),
});
export type EncoderCapability = Static<typeof EncoderCapability>;

export const Capabilities = struct('Capabilities', {
  type: Type.Literal('capabilities'),
  /** Of the erasure codes: "GFNI AVX-512". */
  instruction_set: Text(64),
  encoders: List(EncoderCapability, 32),
  captures: List(words('CaptureKind', ['wlroots', 'portal', 'pipewire', 'synthetic']), 16),
  inputs: List(words('InputKind', ['wlroots']), 16),
});
export type Capabilities = Static<typeof Capabilities>;
