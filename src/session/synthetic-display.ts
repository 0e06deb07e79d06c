// A painted test picture in place of a desktop (`--display synthetic`): for measurements on machines that have none.

import type { Display } from '../display/display.ts';

export function syntheticDisplay(): Display {
  return {
    kind: 'synthetic',
    description: 'a test picture (no desktop)',
    environment: {},
    videoTarget: () => ({ kind: 'synthetic', moving: true }),
    inputTarget: () => null,
    setMode: async () => [], // painted in whatever size is asked
    restoreMode: async () => {}, // nothing was changed
    onGone: () => {}, // nobody else could end it
    ask: async () => undefined,
    isFirstChoice: async () => true,
    close: async () => {},
  };
}
