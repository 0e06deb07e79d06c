// The words of `punktfunk-harness capture`.

import { motions, several } from '../kit/lists.ts';
import { amount, choice, type Values, whole } from '../kit/options.ts';
import type { Run } from '../kit/run.ts';
import { readable_width } from '../kit/stream-options.ts';

const backends = ['wlroots', 'portal'] as const;
export type Backend = (typeof backends)[number];
export const backendOf = (word: string): Backend | undefined => backends.find((one) => one === word);

export const options = {
  backend: several(
    'NAME[,…]',
    `of ${backends.join(', ')}`,
    backends.join(','),
    `some of ${backends.join(', ')}`,
    backendOf,
  ),
  desktop: choice("the session's, or a headless Sway of our own", ['any', 'here', 'own']),
  width: readable_width('of our own desktop'),
  height: whole('of our own desktop', 720, 64, 8192),
  fps: whole('of our own desktop', 60, 1, 240),
  motion: choice('what the beacon paints', motions),
  seconds: amount('of pictures that move', 5, 1, 3600),
};

export type CaptureRun = Run<Values<typeof options>>;
