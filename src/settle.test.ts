import { join } from 'node:path';
import t from 'tap';
import { runChild } from './test-children.ts';
import './test-limit.ts';

const settle = join(import.meta.dirname, 'settle.ts');
/** Settles, or not; then it works, with pauses in which V8 may look at its heap. */
const program = (settles: boolean) => `
  import { setTimeout } from 'node:timers/promises';
  import { settleMemory } from ${JSON.stringify(settle)};
  if (${settles}) settleMemory(0);
  await setTimeout(1);
  process.stdout.write('works\\n');
  for (let burst = 0; burst < 5; burst++) {
    const kept = [];
    for (let i = 0; i < 500_000; i++) kept.push({ i, of: [i] });
    for (let pause = 0; pause < 20; pause++) await setTimeout(1);
    process.stdout.write(kept.length + '\\n');
  }
`;

t.test('of what has settled V8 does not collect all again by itself after it has worked', async (t) => {
  const soon = ['--trace-memory-reducer', '--gc-memory-reducer-start-delay-ms=1'];
  for (const settles of [false, true]) {
    const { code, out } = await runChild([
      process.execPath,
      ...soon,
      '--input-type=module',
      '--eval',
      program(settles),
    ]);
    const worked = out.slice(out.indexOf('works\n'));
    t.match({ code, worked }, { code: 0, worked: /^500000$/m });
    t.equal(/Memory reducer: (waiting|started)/.test(worked), !settles, settles ? 'settled' : 'left to V8');
  }
});
