import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../../src/test-eventually.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { measureMachine } from './measure.ts';

t.test('of a round that is cut short no figure is taken, also of its parts that were whole', async (t) => {
  const reports = folder(t);
  const ending = new AbortController();
  const words = ['throughput', '--gbps', '0.1', '--seconds', '1'];
  const parts = [
    { name: 'whole', words },
    { name: 'cut', words: ['throughput', '--gbps', '0.1', '--seconds', '3600'] },
  ];
  const measuring = measureMachine({ parts, rounds: 2, name: 'bench', reports, signal: ending.signal });
  await eventually('the first part', () => existsSync(join(reports, 'whole-1.json')));
  ending.abort();
  const run = await measuring;
  t.match(run, { rounds: 0, partial: 'cut short by a signal after 0 of 2 rounds.' });
  t.same(run.figures, []);
  t.match(run.parts[0], { name: 'whole', result: 'passed' }, 'what each part came to is told');
});
