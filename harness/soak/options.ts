// The words of `punktfunk-harness soak`.

import { several } from '../kit/lists.ts';
import { amount, type Values, whole } from '../kit/options.ts';
import type { Run } from '../kit/run.ts';
import { beacon_options, host_options, picture_options, readable_width } from '../kit/stream-options.ts';
import { faultOf, faults } from './faults.ts';

export const options = {
  minutes: amount('of streaming', 60, 0.05, 10_000),
  // A host of ours ends a stream whose engine dies three times in ten seconds.
  'fault-every-s': amount('seconds between faults', 60, 6, 86_400),
  faults: several('NAME[,…]', `of ${faults.join(', ')}`, faults.join(','), `some of ${faults.join(', ')}`, faultOf),
  ...picture_options,
  width: readable_width('of the picture that is asked for'),
  ...host_options,
  ...beacon_options,
  'host-pid': whole(
    "HOST's process, when it is on this machine: its memory, descriptors and threads; 0 = none",
    0,
    0,
    2 ** 22,
  ),
};

export type SoakRun = Run<Values<typeof options>>;
