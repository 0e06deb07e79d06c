// What an engine can do on this machine, found by trying.

import { Type } from 'typebox';
import { Failure } from './problems.ts';
import { List, Nullable, type Static, struct, Text } from './schema.ts';
import { BitDepth, Chroma, Codec, max_side_px } from './video.ts';

const EncoderCapability = struct('EncoderCapability', {
  /** "libx264" */
  name: Text(64),
  codec: Codec,
  bit_depths: List(BitDepth, 8),
  chromas: List(Chroma, 8),
  /** Of either side. */
  max_side_px,
  /** Why it cannot be used; null: it has encoded a picture. */
  failure: Nullable(Failure),
});
export type EncoderCapability = Static<typeof EncoderCapability>;

export const Capabilities = struct('Capabilities', {
  type: Type.Literal('capabilities'),
  /** What the erasure codes run on: "gfni_avx512". */
  instruction_set: Text(64),
  /** The best first. */
  encoders: List(EncoderCapability, 32),
  /** Files that this process has loaded: with another one of them it may all be different. */
  libraries: List(Text(256), 192),
});
export type Capabilities = Static<typeof Capabilities>;
