// The words of `punktfunk-harness self-check`.

import { amount, type Values, whole } from '../kit/options.ts';
import type { Run } from '../kit/run.ts';

export const options = {
  rounds: whole('so often each delay and each loss, in turns with none; 0 = neither', 3, 0, 100),
  seconds: amount('of each', 2, 0.5, 60),
  comparisons: whole(
    'tries of compare, each a build against itself and against one that is 10 % slower; 0 = none',
    1,
    0,
    1000,
  ),
};

export type CheckRun = Run<Values<typeof options>>;
