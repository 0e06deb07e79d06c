// `punktfunk-harness self-check`: the kit measures what is known, since it makes it itself.

import { command } from '../kit/measurement.ts';
import { tryComparisons } from './comparisons.ts';
import { delays_ms, tolerance_ms, tryDelays } from './delays.ts';
import { losses_percent, sigmas, tryLosses } from './losses.ts';
import { options } from './options.ts';
import { withSelfStream } from './self-stream.ts';

export const self_check = command({
  name: 'self-check',
  summary: 'the kit measures what is known: what it makes itself',
  operands: '[options]',
  about: `Our own host streams through the relay (impair), which holds datagrams up by
${delays_ms.join(', ')} ms, in turns with none: the middle of the network's time has to be
longer by as much, within ${tolerance_ms} ms. It loses ${losses_percent.join(', ')} % of them: so many may not come,
within ${sigmas} standard deviations. And compare is tried: of two runs of one build it may
not tell a regression, and it has to find one of an encoder that takes a tenth more
CPU time. Else the kit is not to be trusted here.`,
  examples: ['--rounds 5', '--rounds 0 --comparisons 20 --budget-s 3600'],
  options,
  limits: [],
  budget_s: 300,
  async measure(run) {
    if (run.values.rounds > 0)
      await withSelfStream(run, async (self) => {
        await tryDelays(run, self);
        if (!run.signal.aborted) await tryLosses(run, self);
      });
    if (!run.signal.aborted) await tryComparisons(run);
  },
});
