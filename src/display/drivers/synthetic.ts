// A painted test picture in place of a desktop (`--display synthetic`): for measurements on machines that have none.

import { Desktop } from '../desktop.ts';
import type { Display } from '../display.ts';
import type { Driver } from './driver.ts';

/** In whatever size is asked. */
const video = { kind: 'synthetic', moving: true } as const;

const painted: Driver = {
  description: 'no desktop',
  capabilities: { exact_mode: true, max_outputs: 16 },
  video,
  environment: {},
  gone: new Promise(() => {}), // nobody else could end it
  open: async () => ({
    description: 'a test picture',
    video,
    input: null,
    shortcomings: [],
    release: async () => {}, // nothing was changed
  }),
  ask: async () => undefined,
  isThere: async () => true,
  close: () => {}, // nothing was opened
};

export const syntheticDisplay = (): Display =>
  new Desktop({
    kind: 'synthetic',
    driver: painted,
    environment: {},
    describe: (driven) => `a test picture (${driven})`,
    isFirstChoice: painted.isThere,
  });
