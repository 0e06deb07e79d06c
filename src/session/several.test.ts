// Several clients at once: each its own application, output, ports and engine.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Display } from '../display/display.ts';
import { testDisplay, testOutput } from '../display/test-display.ts';
import { PunktfunkError } from '../errors.ts';
import { folder } from '../test-folder.ts';
import type { Session } from './session.ts';
import { desktop, launchBy, plan, program, type Rig, type RigSetting, rig } from './test-sessions.ts';

const fingerprintOf = (client: string) => launchBy(client).client.fingerprint;

interface Leases {
  /** Who has an output now. */
  held: string[];
  /** Whose places may end. */
  forgotten: string[];
  lose: (client: string) => void;
  gone: (sentence: string) => void;
}

/** A rig whose desktop leases so many outputs and knows who has them. */
function hostOf(t: Test, max_outputs: number, setting: RigSetting = {}): Rig & Leases {
  const outputs = new Map<string, PromiseWithResolvers<string>>();
  const lose = (client: string) => outputs.get(client)?.resolve('sway died of SIGKILL');
  const leases: Leases = { held: [], forgotten: [], lose, gone: () => {} };
  const lease: Display['lease'] = async (_, { id }) => {
    leases.held.push(id);
    const gone = Promise.withResolvers<string>();
    outputs.set(id, gone);
    return testOutput({
      gone: gone.promise,
      environment: { OUTPUT: id },
      release: async () => void leases.held.splice(leases.held.indexOf(id), leases.held.includes(id) ? 1 : 0),
    });
  };
  const forget = async (id: string) => void leases.forgotten.push(id);
  const onGone = (listener: Leases['gone']) => {
    leases.gone = listener;
  };
  const capabilities = { exact_mode: true, max_outputs };
  const openDisplay = async () => testDisplay({ capabilities, lease, forget, onGone });
  return Object.assign(leases, rig(t, { openDisplay, ...setting }));
}

async function follow(session: Session): Promise<Session> {
  await session.start(plan, '127.0.0.1');
  await session.settled;
  if (session.phase !== 'streaming') throw new Error(`the client did not connect: ${session.phase}`);
  return session;
}
const launch = async ({ sessions }: Rig, client: string, app = desktop) =>
  follow(await sessions.launch({ ...launchBy(client), app }));
const resume = async ({ sessions }: Rig, client: string) => follow(await sessions.resume(launchBy(client)));
const leave = (session: Session) => session.end('the client left', 'none');
const owners = ({ sessions }: Rig) => sessions.apps().map(({ owner }) => owner.name);

t.test('two clients stream the same application, each its own', async (t) => {
  const dir = folder(t);
  const it = hostOf(t, 2);
  const script = `echo $$ > ${dir}/$OUTPUT; exec sleep 600`;
  const tablet = await launch(it, 'Tablet', program('sh', '-c', script));
  const phone = await launch(it, 'Phone', program('sh', '-c', script));
  t.same(it.held, ['Tablet', 'Phone'], 'an output each');
  await it.until('both programs run', () => readdirSync(dir).length === 2);
  t.not(readFileSync(join(dir, 'Tablet'), 'utf8'), readFileSync(join(dir, 'Phone'), 'utf8'), 'a program each');
  const starts = it.told().filter(({ type }) => type === 'start');
  const ports = starts.flatMap(({ transport }) =>
    Object.entries(transport as object)
      .filter(([name]) => name.endsWith('_port'))
      .map(([, port]) => port as number),
  );
  t.equal(new Set(ports).size, 6, 'ports each');
  t.same([tablet.ports.video, phone.ports.video], [1, 4], 'the first has the ports that clients know');
  t.not(tablet.describe().engine.pid, phone.describe().engine.pid, 'an engine each');
  await leave(tablet);
  t.equal(phone.phase, 'streaming');
  const again = await resume(it, 'Tablet');
  t.equal(again.ports.video, 1, 'its place is free again');
});

t.test('what a client sees as running', async (t) => {
  const it = hostOf(t, 2);
  const shown = (client: string) => it.sessions.shownTo(fingerprintOf(client))?.title;
  t.same([shown('Tablet'), shown('Phone')], [undefined, undefined]);
  await launch(it, 'Tablet', program('sleep', '600'));
  t.same([shown('Tablet'), shown('Phone')], ['Program', undefined], 'to another the host is free');
  const phone = await launch(it, 'Phone');
  t.same([shown('Tablet'), shown('Phone'), shown('Laptop')], ['Program', 'Desktop', 'Program'], 'no place is left');
  await leave(phone);
  t.equal(shown('Laptop'), 'Desktop', 'what nobody watches comes first');
  t.equal(it.sessions.shownTo(undefined)?.title, 'Desktop', 'as for strangers');
});

t.test('without a place left', async (t) => {
  t.test('a launch is refused, and disturbs nobody', async (t) => {
    const it = hostOf(t, 2);
    const tablet = await launch(it, 'Tablet');
    const phone = await launch(it, 'Phone');
    await t.rejects(launch(it, 'Laptop'), { code: 'BUSY', message: 'Tablet is streaming from this host.' });
    await t.rejects(resume(it, 'Laptop'), { code: 'BUSY' });
    t.same([tablet.phase, phone.phase], ['streaming', 'streaming']);
    await leave(phone);
    await t.rejects(launch(it, 'Laptop'), { code: 'APP_RUNNING' }, 'what was left can be resumed or quit');
    t.equal(tablet.phase, 'streaming');
  });

  t.test('what nobody watches is taken over, with its output', async (t) => {
    const it = hostOf(t, 2);
    await launch(it, 'Tablet');
    await leave(await launch(it, 'Phone', program('sleep', '600')));
    const laptop = await resume(it, 'Laptop');
    t.equal(laptop.launch.app.title, 'Program');
    t.same(it.held, ['Tablet', 'Phone'], 'the output on which the program is');
    t.same(owners(it), ['Tablet', 'Laptop']);
    await t.rejects(resume(it, 'Phone'), { code: 'BUSY' }, 'it is no longer the other one’s');
    await it.sessions.cancel(fingerprintOf('Tablet'));
    await launch(it, 'Phone');
    t.same(it.held, ['Phone', 'Phone-2'], 'an output of its own, though the first of this name is taken');
  });

  t.test('one of which nothing is heard gives its place, and only that one', async (t) => {
    const it = hostOf(t, 2, { engine: { report_ms: 20, unheard: true }, limits: { unheard_reports: 5 } });
    const tablet = await launch(it, 'Tablet');
    const phone = await launch(it, 'Phone');
    await it.until('both are unheard', () => tablet.unheard && phone.unheard);
    const laptop = await resume(it, 'Laptop');
    t.same([tablet.phase, phone.phase, laptop.phase], ['ended', 'streaming', 'streaming']);
  });

  t.test('while one is free nobody gives it, heard or not', async (t) => {
    const it = hostOf(t, 2, { engine: { report_ms: 20, unheard: true } });
    const tablet = await launch(it, 'Tablet');
    await it.until('it is unheard', () => tablet.unheard);
    await launch(it, 'Phone');
    t.equal(tablet.phase, 'streaming');
  });

  t.test('the machine’s ports bound it, too', async (t) => {
    const it = hostOf(t, 16);
    for (const client of ['One', 'Two', 'Three', 'Four']) await launch(it, client);
    await t.rejects(launch(it, 'Five'), { code: 'BUSY' });
  });
});

t.test('the end of one stream is not that of another', async (t) => {
  const dir = folder(t);
  /** What becomes of Tablet; whether its application is there afterwards. */
  const ends: [string, (it: Rig & Leases, tablet: Session) => Promise<unknown>, string[]][] = [
    ['/cancel', (it) => it.sessions.cancel(fingerprintOf('Tablet')), ['Phone']],
    ['its output goes away', async (it) => it.lose('Tablet'), ['Phone']],
    ['unpairing', (it) => it.unpair('Tablet'), ['Tablet', 'Phone']],
    ['its client leaves', (_, tablet) => leave(tablet), ['Tablet', 'Phone']],
    ['it launches anew', (it) => t.rejects(launch(it, 'Tablet'), { code: 'APP_RUNNING' }), ['Tablet', 'Phone']],
    [
      'its engine dies again and again',
      async (it, tablet) => {
        for (let deaths = 1; tablet.phase !== 'ended'; deaths++) {
          await it.until('an engine runs', () => tablet.phase === 'streaming' && tablet.describe().engine.pid > 0);
          process.kill(tablet.describe().engine.pid, 'SIGSEGV');
          await it.until('it is dead', () => tablet.phase === 'ended' || tablet.describe().engine.restarts >= deaths);
        }
      },
      ['Tablet', 'Phone'],
    ],
  ];
  for (const [name, end, left] of ends) {
    t.test(name, async (t) => {
      const it = hostOf(t, 2);
      const tablet = await launch(it, 'Tablet', program('sh', '-c', `echo $$ > ${dir}/pid; exec sleep 600`));
      const phone = await launch(it, 'Phone');
      await end(it, tablet);
      await tablet.ended;
      t.match(phone.describe(), { phase: 'streaming', engine: { restarts: 0 }, problems: [] });
      t.same(it.held, ['Phone'], 'its output is free');
      const forgotten = left.includes('Tablet') ? [] : ['Tablet'];
      await it.until('what it left is forgotten', () => it.forgotten.length === forgotten.length);
      t.same([owners(it), it.forgotten], [left, forgotten]);
      t.same(it.sessions.list(), [phone]);
    });
  }

  t.test('a client that is no longer paired leaves its application to anybody', async (t) => {
    const it = hostOf(t, 3);
    await launch(it, 'Tablet', program('sleep', '600'));
    await launch(it, 'Phone');
    await it.unpair('Tablet');
    t.equal(it.sessions.shownTo(fingerprintOf('Laptop'))?.title, 'Program');
    t.equal((await resume(it, 'Laptop')).launch.app.title, 'Program');
  });

  t.test('a client without anything of its own quits nothing while a place is free', async (t) => {
    const it = hostOf(t, 3);
    const tablet = await launch(it, 'Tablet');
    await it.sessions.cancel(fingerprintOf('Phone'));
    t.equal(tablet.phase, 'streaming');
  });
});

t.test('a desktop that goes away takes both streams and both programs with it', async (t) => {
  const dir = folder(t);
  const it = hostOf(t, 2);
  const script = `echo $$ > ${dir}/$OUTPUT; exec sleep 600`;
  const streams = [
    await launch(it, 'Tablet', program('sh', '-c', script)),
    await launch(it, 'Phone', program('sh', '-c', script)),
  ];
  await it.until('both programs run', () => readdirSync(dir).length === 2);
  it.gone('sway ended');
  t.same(it.sessions.apps(), [], 'at once');
  await Promise.all(streams.map(({ ended }) => ended));
  const told = it.told().filter(({ type }) => type === 'stop');
  t.same(
    told.map(({ farewell }) => farewell),
    ['failed', 'failed'],
  );
  await launch(it, 'Tablet');
  t.equal(it.opened(), 2);
  for (const name of ['Tablet', 'Phone'])
    t.notOk(existsSync(`/proc/${readFileSync(join(dir, name), 'utf8').trim()}`), `the program of ${name} ended`);
});

t.test('requests of several clients take their turns in the order of their coming', async (t) => {
  const it = hostOf(t, 2);
  const order: string[] = [];
  const ask = (name: string, request: Promise<unknown>) =>
    request.then(
      () => order.push(name),
      (error: { code: string }) => order.push(`${name}: ${error.code}`),
    );
  const { sessions } = it;
  await Promise.all([
    ask('Tablet launches', sessions.launch({ ...launchBy('Tablet'), app: desktop })),
    ask('Phone launches', sessions.launch({ ...launchBy('Phone'), app: desktop })),
    ask('Laptop launches', sessions.launch({ ...launchBy('Laptop'), app: desktop })),
    ask('Tablet quits', sessions.cancel(fingerprintOf('Tablet'))),
    ask('Laptop launches again', sessions.launch({ ...launchBy('Laptop'), app: desktop })),
    ask('Tablet resumes', sessions.resume(launchBy('Tablet'))),
  ]);
  t.same(order, [
    'Tablet launches',
    'Phone launches',
    'Laptop launches: BUSY',
    'Tablet quits',
    'Laptop launches again',
    'Tablet resumes: BUSY',
  ]);
});

t.test('ports that another program holds are passed over', async (t) => {
  const it = hostOf(t, 4, {
    refusedPort: async ({ video }) =>
      video === 4 ? new PunktfunkError('PORT_TAKEN', { port: video, use: 'video, UDP' }) : undefined,
  });
  const taken = [await launch(it, 'Tablet'), await launch(it, 'Phone'), await launch(it, 'Laptop')];
  t.same(
    taken.map(({ ports }) => ports.video),
    [1, 7, 10],
  );
  await t.rejects(launch(it, 'Television'), { code: 'PORT_TAKEN' });
});
