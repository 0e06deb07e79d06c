// A measurement that does as it is told, for the tests of what is around every measurement.

import { scheduler } from 'node:timers/promises';
import { withOutput } from '../output.ts';
import { command } from './measurement.ts';
import { choice, flag, UsageError, whole } from './options.ts';
import { NotMeasured } from './run.ts';

const stand_in = command({
  name: 'stand-in',
  summary: 'measures what it is told',
  operands: '[NUMBER…]',
  about: 'Nothing is measured.',
  examples: ['1 2 3'],
  options: {
    end: choice('how it ends', ['well', 'missing', 'waits', 'hangs', 'fails']),
    rounds: whole('so often', 1, 1, 10),
    loud: flag('says more'),
  },
  limits: ['max-p95-ms', 'min-fps'],
  budget_s: 60,
  check(operands) {
    if (operands.some((word) => Number.isNaN(Number(word)))) throw new UsageError('only numbers are measured');
  },
  async measure(run) {
    const one = run.newCase('one');
    run.progress('measuring …');
    const values = Array.from({ length: run.values.rounds }, () => run.operands.map(Number)).flat();
    const latency = one.addSeries({ name: 'latency', unit: 'ms', from: 'here', to: 'there', values });
    run.hold('max-p95-ms', latency?.summary.p95, 'here to there');
    run.hold('min-fps', undefined, 'frames');
    switch (run.values.end) {
      case 'well':
        return;
      case 'missing':
        throw new NotMeasured('There is no compositor here. Start one.');
      case 'fails':
        return run.fail('The stream stopped in the middle.');
      case 'waits':
        return scheduler.wait(600_000, { signal: run.signal }).catch(() => {});
      case 'hangs':
        throw new Error('a fault of the kit');
    }
  },
});

process.exitCode = await withOutput(() => stand_in.run(process.argv.slice(2)));
