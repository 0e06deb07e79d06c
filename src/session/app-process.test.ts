import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import '../test-limit.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import { app_limits, startApp } from './app-process.ts';

const log = pino({ level: 'silent' });
const quick = { ...app_limits, look_ms: 20 };

async function run(t: Test, script: string, limits = quick, working_directory?: string) {
  const app = await startApp(
    { command: ['sh', '-c', script], environment: { PATH: process.env.PATH }, working_directory },
    log,
    limits,
  );
  t.teardown(() => app.stop());
  return app;
}

async function appears(path: string): Promise<string> {
  await eventually('a word in the file', () => existsSync(path) && readFileSync(path, 'utf8') !== '');
  return readFileSync(path, 'utf8').trim();
}

const runs = (pid: string) => existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

t.test('how a program ended', async (t) => {
  const at_once = { ...quick, handed_over_ms: 0 };
  t.match(await (await run(t, 'exit 0', at_once)).ended, { outcome: 'over', how: 'it exited with 0' });
  t.match(await (await run(t, 'exit 0')).ended, { outcome: 'detached' }, 'it returned within some seconds');
  t.match(await (await run(t, 'exit 3')).ended, { outcome: 'crashed', how: 'it exited with 3' });
  t.match(await (await run(t, 'kill -SEGV $$')).ended, { outcome: 'crashed', how: 'it died of SIGSEGV' });
});

t.test('a launcher that returns while what it launched goes on', async (t) => {
  const dir = folder(t);
  const awake = setInterval(() => {}, 1000); // a look at a group keeps no process alive
  t.teardown(() => clearInterval(awake));
  const app = await run(t, `(until [ -e ${dir}/end ]; do sleep 0.02; done) & echo $! > ${dir}/child`, {
    ...quick,
    handed_over_ms: 0,
  });
  let over = false;
  void app.ended.then(() => (over = true));
  const child = await appears(join(dir, 'child'));
  // Several looks at the group while its leader is gone.
  for (let looks = 0; looks < 5; looks++) await new Promise((resolve) => setTimeout(resolve, quick.look_ms));
  t.ok(runs(child));
  t.notOk(over, 'it is not over');
  writeFileSync(join(dir, 'end'), '');
  t.match(await app.ended, { outcome: 'over' }, 'over with its last process');
});

t.test('where it runs', async (t) => {
  const dir = folder(t);
  await (await run(t, 'pwd > here', quick, dir)).exited;
  t.equal(await appears(join(dir, 'here')), dir);
  await t.rejects(run(t, 'true', quick, join(dir, 'gone')), { message: /its working directory .*gone is not there/ });
});

t.test('ending all of it', async (t) => {
  const dir = folder(t);
  const app = await run(t, `sh -c 'trap "" TERM; echo $$ > ${dir}/child; while :; do sleep 0.05; done' & wait`, {
    ...quick,
    grace_ms: 200,
  });
  const child = await appears(join(dir, 'child'));
  await app.stop();
  t.notOk(runs(child), 'also what does not listen to SIGTERM');
  await app.ended;
});

t.test('what a launcher left behind has its time to save', async (t) => {
  const dir = folder(t);
  const app = await run(
    t,
    `sh -c 'trap "echo saved > ${dir}/saved; exit" TERM; echo $$ > ${dir}/child; while :; do sleep 0.05; done' &`,
  );
  await appears(join(dir, 'child'));
  await app.stop();
  t.equal(await appears(join(dir, 'saved')), 'saved');
});

t.test('a group that is over is never signalled: its number may be another group by now', async (t) => {
  const app = await run(t, 'exit 0');
  await app.ended;
  const kill = t.capture(process, 'kill');
  await app.stop();
  t.same(kill(), []);
});
