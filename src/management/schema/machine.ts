import { type Static, Type } from 'typebox';
import { BitDepth, Chroma, Codec } from '../../contract/video.ts';
import { OneOf } from './common.ts';

export const DisplayChoice = Type.Object(
  {
    kind: OneOf('session', 'embedded', 'synthetic'),
    chosen: Type.Boolean({ description: 'it is open, or the next launch would open it' }),
    open: Type.Boolean(),
    state: {
      ...OneOf('ok', 'missing', 'note'),
      description: 'missing: it cannot be streamed; note: it can, with less',
    },
    detail: Type.String({ description: 'what was seen, or why not' }),
    cure: Type.String({ description: 'what to do; empty when there is nothing to do' }),
  },
  { title: 'DisplayChoice' },
);
export type DisplayChoice = Static<typeof DisplayChoice>;

export const EncoderSummary = Type.Object(
  {
    name: Type.String(),
    codec: Codec,
    bit_depths: Type.Array(BitDepth),
    chromas: Type.Array(Chroma),
    max_side_px: Type.Integer(),
    works: Type.Boolean({ description: 'it has encoded a picture' }),
    reason: Type.String({ description: 'why not; empty when it works' }),
    cure: Type.String(),
  },
  { title: 'EncoderSummary' },
);
export type EncoderSummary = Static<typeof EncoderSummary>;
