// What a machine can do, for tests.

import type { Capabilities } from '../contract/capabilities.ts';

/** One encoder, which works or does not. */
export const testCapabilities = (works = true): Capabilities => ({
  type: 'capabilities',
  instruction_set: 'scalar',
  encoders: [
    {
      name: 'fake',
      codec: 'h264',
      bit_depths: [8],
      chromas: ['yuv420'],
      max_side_px: 8192,
      failure: works ? null : { code: 'encoder_missing', parameters: { library: 'fake' } },
    },
  ],
  captures: ['synthetic'],
  inputs: [],
  libraries: [],
});
