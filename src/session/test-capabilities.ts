// What a machine can do, for tests.

import type { Capabilities, EncoderCapability } from '../contract/capabilities.ts';

const encoder = (name: string, works: boolean): EncoderCapability => ({
  name,
  codec: 'h264',
  bit_depths: [8],
  chromas: ['yuv420'],
  max_side_px: 8192,
  failure: works ? null : { code: 'encoder_missing', parameters: { library: name } },
});

/** One encoder, which works or does not; `some`: one that works, and one that does not. */
export const testCapabilities = (works: boolean | 'some' = true): Capabilities => ({
  type: 'capabilities',
  instruction_set: 'scalar',
  encoders: works === 'some' ? [encoder('other', false), encoder('fake', true)] : [encoder('fake', works)],
  libraries: [],
});
