import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { runChild, startChild } from './test-children.ts';
import { eventually } from './test-eventually.ts';

/** Whether it runs; one that has ended and that nobody has waited for yet does not. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A test file that starts a program, says its number, and waits. */
const testFile = (then: string) => [
  process.execPath,
  '--input-type=module',
  '-e',
  `const { default: t } = await import('tap');
   const { startChild } = await import(${JSON.stringify(join(import.meta.dirname, 'test-children.ts'))});
   await t.test('x', (t) => {
     console.log('PID ' + startChild(['sleep', '1000'], { owner: t }).pid);
     ${then}
   });`,
];

async function programOf(file: ReturnType<typeof startChild>): Promise<number> {
  for await (const line of createInterface({ input: file.stdout })) {
    const pid = /PID (\d+)/.exec(line)?.[1];
    if (pid) return Number(pid);
  }
  throw new Error('the file ended');
}

t.test('a program ends with a test file that is killed', async (t) => {
  const file = startChild(testFile('return new Promise(() => setInterval(() => {}, 1e6));'), { owner: t });
  const pid = await programOf(file);
  t.ok(runs(pid), 'it runs');
  file.kill('SIGKILL');
  await once(file, 'exit');
  t.ok(await eventually('its end', () => !runs(pid)), 'it has ended');
});

t.test('a program ends with its test, and with one that is out of time', async (t) => {
  for (const then of ['t.end();', 't.setTimeout(1);']) {
    const { out } = await runChild(testFile(then), { owner: t });
    const pid = Number(/PID (\d+)/.exec(out)?.[1]);
    t.ok(pid > 0, out);
    t.equal(runs(pid), false, then);
  }
});

t.test('how a program ended, and what it said', async (t) => {
  t.same(await runChild(['sh', '-c', 'echo out; echo err >&2; exit 7']), { code: 7, out: 'out\n', err: 'err\n' });
  t.same(await runChild(['sh', '-c', 'kill -TERM $$']), { code: Number.NaN, out: '', err: '' });
});
