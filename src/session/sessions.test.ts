import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describeStatus } from '../commands/status.ts';
import type { Display, Output } from '../display/display.ts';
import { testDisplay, testOutput } from '../display/test-display.ts';
import type { Shortcoming } from '../errors.ts';
import { PunktfunkError } from '../errors.ts';
import type { Status } from '../management/schema/status.ts';
import { folder } from '../test-folder.ts';
import type { Session } from './session.ts';
import { desktop, launchBy, plan, program, type Rig, rig } from './test-sessions.ts';

t.test('a problem that does not end the stream is kept and logged once, also by the next engine', async (t) => {
  const troubled = { code: 'sound_sink_removed', parameters: {} } as const;
  const { sessions, logged, until } = rig(t, { engine: { troubled, dies: [1] } });
  const session = await sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.start(plan, '127.0.0.1');
  await until(
    'the second engine runs',
    () => session.describe().engine.restarts === 1 && session.phase === 'streaming',
  );
  await until('it was told twice more', () => logged.filter(({ code }) => code === troubled.code).length === 4);
  const { problems } = session.describe();
  t.same(problems[0], { ...troubled, detail: "The stream's sink was removed. Silence is sent until it is back." });
  t.match(problems[1], {
    code: 'engine_died',
    detail: /^The engine failed \(it died of SIGSEGV\) and was started again\.$/,
  });
  t.equal(problems.length, 2);
  const warnings = logged.filter(({ code, level }) => code === troubled.code && level === 40);
  t.equal(warnings.length, 1, 'one warning');
  const status = {
    name: 'A',
    addresses: [],
    ports: {},
    waiting_to_pair: [],
    strangers: { requests_refused: 0, connections_closed: 0, lines_left_out: 0 },
    apps: [],
    sessions: [session.describe()],
  } as unknown as Status;
  t.match(
    describeStatus(status).join('\n'),
    /^problem {3}The stream's sink was removed. Silence is sent until it is back.\nproblem {3}The engine failed/m,
  );
});

t.test('status counts every engine that was started again, however long ago', async (t) => {
  const { sessions, until } = rig(t, { engine: { dies: [1, 2] }, limits: { deaths_within_ms: 0 } });
  const session = await sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.start(plan, '127.0.0.1');
  await until('the third engine runs', () => session.describe().engine.restarts >= 2);
  t.equal(session.describe().engine.restarts, 2);
});

const stream = async ({ sessions }: Rig, client: string, app = desktop) => {
  const session = await sessions.launch({ ...launchBy(client), app });
  await session.start(plan, '127.0.0.1');
  await session.settled;
  if (!session.had_stream) throw new Error('the client did not connect');
  return session;
};

t.test('sound that is back is no problem any more, and is a line in the log', async (t) => {
  const troubled = { code: 'sound_sink_removed', parameters: {} } as const;
  const recovered = { code: 'sound_back', parameters: {} } as const;
  const { sessions, logged, until } = rig(t, { engine: { troubled, recovered } });
  const session = await sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.start(plan, '127.0.0.1');
  await until('it is back', () => logged.some(({ event, level }) => event === recovered.code && level === 30));
  t.same(session.describe().problems, []);
  t.equal(logged.filter(({ code, level }) => code === troubled.code && level === 40).length, 1, 'one warning');
});

t.test(
  'missed pictures are a line in the log when they begin and one when that ends, and status has them',
  async (t) => {
    const { sessions, logged, until } = rig(t, { engine: { slow_reports: 5, report_ms: 20 } });
    const session = await sessions.launch({ ...launchBy('Tablet'), app: desktop });
    await session.start(plan, '127.0.0.1');
    const lines = () => logged.filter(({ event, code }) => `${code ?? event}`.startsWith('pictures_'));
    await until('they are not missed any more', () => lines().length === 2);
    t.match(lines(), [
      { level: 40, msg: /^15 of 60 pictures a second reach the client\. What bounds them is the desktop: / },
      { level: 30, msg: 'The client has all its pictures again, 60 a second.' },
    ]);
    t.match(session.describe().pictures, { asked: 60, shown: 60, sent: 60, missed: 0, bound: { by: 'client' } });
  },
);

t.test('what a client wished and does not get is a problem of its session', async (t) => {
  const { sessions, logged } = rig(t);
  const session = await sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.start({ ...plan, bounded: '64 slices (it gets 32)' }, '127.0.0.1');
  t.match(session.describe().problems, [
    { code: 'wish_bounded', detail: 'The client asked for 64 slices (it gets 32): no more and no less is made here.' },
  ]);
  t.equal(logged.filter(({ code, level }) => code === 'wish_bounded' && level === 40).length, 1);
});

t.test('what the desktop loses while it is streamed is a problem of the session from then on', async (t) => {
  const wireplumber = { code: 'program_lost', parameters: { program: 'wireplumber', reason: 'it ended' } } as const;
  const gone: Shortcoming[] = [];
  const session = await stream(rig(t, { display: { lost: () => gone } }), 'Tablet');
  t.same(session.describe().problems, []);
  gone.push(wireplumber);
  t.same(session.describe().problems, [{ ...wireplumber, detail: 'The desktop has lost wireplumber: it ended.' }]);
});

const kill = (session: Session) => process.kill(session.describe().engine.pid, 'SIGKILL');

t.test('an engine that dies before there is a stream costs no launch: another takes its place', async (t) => {
  t.test('while it loads', async (t) => {
    const it = rig(t, { killed: 2 });
    await stream(it, 'Tablet');
    t.equal(it.engines(), 3);
    t.match(it.session()?.describe(), {
      phase: 'streaming',
      engine: { restarts: 2 },
      problems: [{ code: 'engine_died' }],
    });
  });

  t.test('while its client says what it wants', async (t) => {
    const it = rig(t);
    const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
    kill(session);
    await it.until('another one is there', () => it.engines() === 2);
    await session.start(plan, '127.0.0.1');
    await session.settled;
    t.ok(session.had_stream);
  });

  t.test('in the moment in which it is told to start', async (t) => {
    const it = rig(t);
    const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
    kill(session);
    await session.start(plan, '127.0.0.1');
    await session.settled;
    t.ok(session.had_stream);
    t.equal(it.engines(), 2);
  });

  t.test('that hangs when it is told to start', async (t) => {
    const it = rig(t, { engine_limits: { listen_ms: 3_600_000 } });
    const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
    process.kill(session.describe().engine.pid, 'SIGSTOP');
    await session.start(plan, '127.0.0.1');
    await session.settled;
    t.ok(session.had_stream);
    t.match(session.describe(), {
      engine: { restarts: 1 },
      problems: [{ parameters: { reason: 'it does not answer' } }],
    });
  });

  t.test('while the desktop takes the mode', async (t) => {
    const taken = Promise.withResolvers<void>();
    const lease = async () => {
      await taken.promise;
      return testOutput();
    };
    const it = rig(t, { display: { lease } });
    const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
    const started = session.start(plan, '127.0.0.1');
    kill(session);
    await it.until('another one is there', () => it.engines() === 2);
    taken.resolve();
    await started;
    await session.settled;
    t.ok(session.had_stream);
  });

  t.test('but not for ever, and not where it says itself what is wrong', async (t) => {
    const dying = rig(t, { killed: 9 });
    await t.rejects(stream(dying, 'Tablet'), { code: 'ENGINE_FAILED', message: /it died of SIGKILL/ });
    t.equal(dying.engines(), 3);
    t.equal(dying.session(), undefined);
    t.equal(dying.app(), undefined);
    const failing = rig(t, { engine: { fails: 'no picture' } });
    await t.rejects(stream(failing, 'Tablet'), { code: 'ENGINE_FAILED' });
    t.equal(failing.engines(), 1);
  });
});

t.test('an engine that was told to end by somebody else', async (t) => {
  const it = rig(t, { engine: { alone: true } });
  const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
  process.kill(session.describe().engine.pid, 'SIGTERM');
  await it.until('another one is there', () => it.engines() === 2);
  await session.start(plan, '127.0.0.1');
  t.equal(session.phase, 'started', 'before the stream: another takes its place');
  process.kill(session.describe().engine.pid, 'SIGTERM');
  await session.ended;
  t.equal(it.engines(), 2, 'after it has told the client so: the stream is over');
  t.ok(
    it.logged.some(({ msg }) => msg.endsWith('stream ended, its engine was told to end, and not by this host')),
    'and why',
  );
});

t.test('unpairing', async (t) => {
  const refused = { code: 'CLIENT_UNPAIRED' };

  t.test('holds against launches that wait for their turn', async (t) => {
    const it = rig(t);
    const launches = Array.from({ length: 20 }, () => it.sessions.launch({ ...launchBy('Thief'), app: desktop }));
    const outcomes = Promise.allSettled(launches);
    await it.until('one of them is being prepared', () => it.session() !== undefined);
    await it.unpair('Thief');
    const engines = it.engines();
    for (const outcome of (await outcomes).slice(1)) t.match(outcome, { status: 'rejected', reason: refused });
    t.equal(it.engines(), engines, 'no engine more');
    t.equal(it.session(), undefined);
    t.equal(it.app(), undefined);
    t.same(
      it.told().filter(({ type }) => type === 'start'),
      [],
    );
  });

  t.test('holds against one that waits for the desktop', async (t) => {
    const desktop_opens = Promise.withResolvers<void>();
    const it = rig(t, {
      openDisplay: async () => {
        await desktop_opens.promise;
        return testDisplay();
      },
    });
    const launch = it.sessions.launch({ ...launchBy('Thief'), app: desktop });
    await it.until('the desktop is being opened', () => it.opened() === 1);
    await it.unpair('Thief');
    desktop_opens.resolve();
    await t.rejects(launch, refused);
    t.equal(it.engines(), 0);
    t.equal(it.app(), undefined);
  });

  t.test('holds against one that waits for its engine, and for /resume', async (t) => {
    const it = rig(t, { engine: { stuck: true }, engine_limits: { stop_ms: 100 } });
    const launch = it.sessions.launch({ ...launchBy('Thief'), app: desktop });
    await it.until('the engine loads', () => it.engines() === 1);
    const resume = it.sessions.resume({ ...launchBy('Thief') });
    const both = Promise.allSettled([launch, resume]);
    await it.unpair('Thief');
    t.match(await both, [
      { status: 'rejected', reason: refused },
      { status: 'rejected', reason: refused },
    ]);
    t.equal(it.app(), undefined);
    t.equal(it.engines(), 1);
  });

  t.test('holds against a start that waits for the desktop', async (t) => {
    const leased = Promise.withResolvers<Output>();
    let asked = false;
    let released = false;
    const release = async () => {
      released = true;
    };
    const lease = () => {
      asked = true;
      return leased.promise;
    };
    const marks = folder(t);
    const it = rig(t, { display: { lease } });
    const session = await it.sessions.launch({ ...launchBy('Thief'), app: program('touch', join(marks, 'ran')) });
    const announce = session.start(plan, '127.0.0.1');
    await it.until('the mode is being set', () => asked);
    const unpaired = it.unpair('Thief');
    leased.resolve(await testOutput({ release }));
    await t.rejects(announce);
    await unpaired;
    t.same(
      it.told().filter(({ type }) => type === 'start'),
      [],
    );
    t.notOk(existsSync(join(marks, 'ran')), 'nor was its program started');
    t.ok(released, 'and what came too late was given back');
  });

  t.test('holds against /cancel that waits, and takes nothing from another client', async (t) => {
    const it = rig(t);
    const session = await stream(it, 'Tablet');
    const busy = it.sessions.launch({ ...launchBy('Phone'), app: desktop });
    const cancel = it.sessions.cancel('certificate of Thief');
    const outcomes = Promise.allSettled([busy, cancel]);
    await it.unpair('Thief');
    t.match(await outcomes, [
      { status: 'rejected', reason: { code: 'BUSY' } },
      { status: 'rejected', reason: refused },
    ]);
    t.equal(session.phase, 'streaming');
  });
});

t.test('a launch that fails leaves the host free', async (t) => {
  t.test('the runtime directory cannot be written', async (t) => {
    const it = rig(t);
    rmSync(it.runtime_dir, { recursive: true });
    const launch = () => it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
    await t.rejects(launch(), { code: 'RUNTIME_DIR_UNWRITABLE', message: /no such file/ });
    t.equal(it.app(), undefined);
    t.equal(it.session(), undefined);
    mkdirSync(it.runtime_dir);
    t.ok(await launch(), 'and the next one works');
  });

  t.test('the engine does not load', async (t) => {
    const it = rig(t, { engine: { stuck: true }, engine_limits: { load_ms: 100 } });
    await t.rejects(it.sessions.launch({ ...launchBy('Tablet'), app: desktop }), { code: 'ENGINE_FAILED' });
    t.equal(it.app(), undefined);
    t.same(
      readdirSync(it.runtime_dir).filter((name) => name.startsWith('checkpoint')),
      [],
    );
  });
});

const textOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

t.test('an application that ends', async (t) => {
  const waiting = (dir: string, then = 'exit 0') =>
    program('sh', '-c', `echo $$ > ${dir}/pid; until [ -e ${dir}/end ]; do sleep 0.02; done; ${then}`);

  t.test('ends the stream that shows it, gracefully, and leaves the host free', async (t) => {
    const dir = folder(t);
    const it = rig(t);
    await stream(it, 'Tablet', waiting(dir));
    writeFileSync(join(dir, 'end'), '');
    await it.until('the host is free', () => it.app() === undefined && it.session() === undefined);
    t.match(it.told().at(-1), { type: 'stop', farewell: 'graceful' });
    t.match(
      it.logged.find(({ event }) => event === 'app_ended'),
      { level: 30, msg: 'Program ended' },
    );
    t.ok(await it.sessions.launch({ ...launchBy('Phone'), app: desktop }));
  });

  t.test('leaves the host free when nobody watches', async (t) => {
    const dir = folder(t);
    const it = rig(t, { engine: { ends: 'client_quit' } });
    const session = await it.sessions.launch({ ...launchBy('Tablet'), app: waiting(dir) });
    await session.start(plan, '127.0.0.1');
    await session.ended;
    t.equal(it.app()?.title, 'Program', 'it can be resumed');
    writeFileSync(join(dir, 'end'), '');
    await it.until('the host is free', () => it.app() === undefined);
    await t.rejects(it.sessions.resume({ ...launchBy('Tablet') }), { code: 'APP_NOT_RUNNING' });
  });

  t.test('by a crash is a warning that says how', async (t) => {
    const dir = folder(t);
    const it = rig(t);
    await stream(it, 'Tablet', waiting(dir, 'kill -SEGV $$'));
    writeFileSync(join(dir, 'end'), '');
    await it.until('the host is free', () => it.app() === undefined);
    t.match(
      it.logged.find(({ event }) => event === 'app_ended'),
      { level: 40, msg: 'Program failed: it died of SIGSEGV' },
    );
  });

  t.test('at once and well has handed its work over: it runs until it is quit', async (t) => {
    const it = rig(t, { app_limits: { handed_over_ms: 60_000 } });
    const session = await stream(it, 'Tablet', program('true'));
    await it.until('its end was noticed', () => it.logged.some(({ event }) => event === 'app_detached'));
    t.equal(session.phase, 'streaming');
    t.equal(it.app()?.title, 'Program');
    const resumed = await it.sessions.resume({ ...launchBy('Tablet') });
    await resumed.start(plan, '127.0.0.1');
    t.equal(it.logged.filter(({ event }) => event === 'app_detached').length, 1, 'it is not started again');
    await it.sessions.cancel('certificate of Tablet');
    t.equal(it.app(), undefined);
  });

  t.test('a moment before its desktop is known to be gone: it is the desktop that ended', async (t) => {
    const dir = folder(t);
    const it = rig(t, { display: { ask: async () => 'the compositor closed the connection' } });
    const session = await stream(it, 'Tablet', waiting(dir, 'exit 1'));
    writeFileSync(join(dir, 'end'), '');
    await session.ended;
    t.match(it.told().at(-1), { type: 'stop', farewell: 'failed' });
    await it.until('the program was told to have ended', () => it.logged.some(({ event }) => event === 'app_ended'));
    t.same(
      it.logged.filter(({ level }) => level >= 40).map(({ event }) => event),
      ['display_gone'],
      'it is told once',
    );
  });

  t.test('with its desktop', async (t) => {
    const dir = folder(t);
    let gone: (sentence: string) => void = () => {};
    const release = () => Promise.reject(new PunktfunkError('DISPLAY_GONE', { reason: 'sway ended' }));
    const lease = () => testOutput({ release });
    const it = rig(t, { display: { onGone: (listener) => (gone = listener), lease } });
    const session = await stream(it, 'Tablet', waiting(dir));
    await it.until('the program runs', () => /\d\n/.test(textOf(join(dir, 'pid'))));
    const resume = it.sessions.resume({ ...launchBy('Tablet') });
    gone('sway ended');
    t.equal(it.app(), undefined, 'at once');
    await t.rejects(resume, 'what waited does not resume it on a desktop that is gone');
    await session.ended;
    t.same(
      it.logged.filter(({ level }) => level >= 40).map(({ event }) => event),
      ['display_gone'],
      'it is told once',
    );
    const other = await it.sessions.launch({ ...launchBy('Phone'), app: desktop });
    t.equal(other.launch.app.title, 'Desktop');
    t.equal(it.opened(), 2);
    const pid = textOf(join(dir, 'pid')).trim();
    t.notOk(existsSync(`/proc/${pid}`), 'the program ended with it');
  });
});

t.test('one stream at a time', async (t) => {
  t.test('another client is told whose it is', async (t) => {
    const it = rig(t, { engine: { report_ms: 20 } });
    const session = await stream(it, 'Tablet');
    await it.until('some reports came', () => (session.describe().stats?.control.messages ?? 0) > 50);
    const resume = it.sessions.resume({ ...launchBy('Phone') });
    await t.rejects(resume, {
      code: 'BUSY',
      message: 'Tablet is streaming from this host.',
      cure: /resumed from here/,
    });
    t.equal(session.phase, 'streaming');
  });

  t.test('another client waits for the end of one that said goodbye', async (t) => {
    const once = join(folder(t), 'believed');
    const it = rig(t, { engine: { report_ms: 20, leaves: { once } } });
    const session = await stream(it, 'Tablet');
    await it.until('the goodbye was told', () => (session.describe().stats?.control.messages ?? 0) > 10);
    const resume = it.sessions.resume({ ...launchBy('Phone') });
    writeFileSync(once, '');
    t.equal((await resume).launch.client.name, 'Phone');
    t.equal(session.phase, 'ended');
  });

  t.test('but not for one that stays, whoever said goodbye in its name', async (t) => {
    const engine = { report_ms: 20, leaves: {} };
    const forged = { ...engine, troubled: { code: 'forged_goodbye', parameters: {} } as const };
    for (const [behaviour, leaving_ms] of [
      [engine, 20],
      [forged, 3_600_000],
    ] as const) {
      const it = rig(t, { engine: behaviour, limits: { leaving_ms } });
      const session = await stream(it, 'Tablet');
      await it.until('the goodbye was told', () => (session.describe().stats?.control.messages ?? 0) > 10);
      await t.rejects(it.sessions.resume({ ...launchBy('Phone') }), { code: 'BUSY' });
      t.equal(session.phase, 'streaming');
    }
  });

  t.test('another client takes the place of one that is not heard any more', async (t) => {
    const it = rig(t, { engine: { report_ms: 20, unheard: true } });
    const session = await stream(it, 'Tablet');
    await it.until('it is not heard', () => session.unheard);
    const resumed = await it.sessions.resume({ ...launchBy('Phone') });
    t.equal(session.phase, 'ended');
    t.equal(resumed.launch.client.name, 'Phone');
  });
});

t.test('after the third death of its engine a stream is not told to have been connected again', async (t) => {
  const it = rig(t, { engine: { dies: [1, 2, 3] } });
  const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.start(plan, '127.0.0.1');
  await session.ended;
  const events = it.logged.map(({ event }) => event);
  t.equal(events.filter((event) => event === 'client_connected').length, 3);
  t.ok(events.lastIndexOf('client_connected') < events.indexOf('stream_ended'));
});

t.test('which desktop', async (t) => {
  /** Desktops that are opened one after the other; what each answers can be set. */
  const desktops = (...answers: Partial<Display>[]) => {
    const closed: number[] = [];
    let opened = 0;
    const openDisplay = async (): Promise<Display> => {
      const number = opened++;
      const close = async () => void closed.push(number);
      return testDisplay({ description: `desktop ${number}`, close, ...answers[number] });
    };
    return { openDisplay, closed };
  };
  const described = async ({ sessions }: Rig) => (await sessions.describeDisplay())?.description;

  t.test('one that is still being opened keeps no host from closing', async (t) => {
    const begun = Promise.withResolvers<void>();
    const openDisplay = (signal: AbortSignal) =>
      new Promise<Display>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('given up')));
        begun.resolve();
      });
    const it = rig(t, { openDisplay });
    const opening = t.rejects(it.sessions.openDisplay(), { code: 'DISPLAY_UNAVAILABLE', message: /given up/ });
    await begun.promise;
    await it.sessions.close();
    await opening;
    await t.rejects(it.sessions.openDisplay(), { code: 'DISPLAY_UNAVAILABLE' }, 'nor is another one opened');
  });

  t.test('one that is no longer the first choice is left at the next launch or resume', async (t) => {
    let first_choice = true;
    const isFirstChoice = async () => first_choice;
    const { openDisplay, closed } = desktops({ isFirstChoice }, { isFirstChoice });
    const it = rig(t, { openDisplay });
    await stream(it, 'Tablet');
    t.equal(await described(it), 'desktop 0');
    first_choice = false;
    await it.sessions.resume({ ...launchBy('Tablet') });
    t.equal(await described(it), 'desktop 1');
    await it.sessions.cancel('certificate of Tablet');
    await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
    t.equal(await described(it), 'desktop 2');
    t.same(closed, [0, 1]);
  });

  t.test('but not while a program runs on it', async (t) => {
    const { openDisplay, closed } = desktops({ isFirstChoice: async () => false });
    const it = rig(t, { openDisplay });
    await stream(it, 'Tablet', program('sleep', '600'));
    await it.sessions.resume({ ...launchBy('Tablet') });
    t.equal(await described(it), 'desktop 0');
    t.same(closed, []);
  });

  t.test('one that does not answer is given up, unless a program runs on it', async (t) => {
    let trouble: string | undefined;
    const { openDisplay, closed } = desktops({ ask: async () => trouble });
    const it = rig(t, { openDisplay });
    await stream(it, 'Tablet', program('sleep', '600'));
    trouble = 'it does not answer';
    const resume = it.sessions.resume({ ...launchBy('Tablet') });
    await t.rejects(resume, { code: 'DISPLAY_UNAVAILABLE', message: /it does not answer/ });
    t.equal(it.app()?.title, 'Program', 'its work is not thrown away');
    await it.sessions.cancel('certificate of Tablet');
    t.ok(await it.sessions.launch({ ...launchBy('Tablet'), app: desktop }));
    t.equal(await described(it), 'desktop 1');
    t.same(closed, [0]);
    t.match(
      it.logged.find(({ event }) => event === 'display_gone'),
      { msg: 'The desktop went away: it does not answer. The next launch opens it again.' },
    );
  });

  t.test('one that answers at the second try is kept', async (t) => {
    let asked = 0;
    const { openDisplay, closed } = desktops({ ask: async () => (asked++ === 0 ? 'it does not answer' : undefined) });
    const it = rig(t, { openDisplay });
    await it.sessions.openDisplay();
    await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
    t.equal(asked, 2);
    t.same(closed, []);
  });
});

t.test("whether the client wants the desktop's mode changed", async (t) => {
  for (const may_change_mode of [true, false, undefined]) {
    const asked: unknown[] = [];
    const lease = (_: unknown, client: { name: string }, may_change: boolean) => {
      asked.push([client.name, may_change]);
      return testOutput();
    };
    const it = rig(t, { display: { lease } });
    const session = await it.sessions.launch({ ...launchBy('Tablet'), may_change_mode, app: desktop });
    await session.start(plan, '127.0.0.1');
    t.same(asked, [['Tablet', may_change_mode ?? true]], 'what is not said is allowed');
    await it.sessions.cancel('certificate of Tablet');
    const of_display = it.events.flatMap((event) => (event.type === 'display' ? [event.step] : []));
    t.same(of_display, ['opened', 'leased', 'released']);
  }
});

t.test('an engine that cannot be forked again ends the stream, not the host', async (t) => {
  const it = rig(t, { engine: { dies: [1] }, forks: 1 });
  const session = await stream(it, 'Tablet');
  await session.ended;
  await it.until('the session is gone', () => it.session() === undefined);
  t.match(
    it.logged.find(({ event }) => event === 'stream_ended'),
    { reason: 'the engine failed (it died of SIGSEGV) and could not be started again: spawn ENOMEM' },
  );
});

t.test(
  'a client that resumes another application than the one that runs is shown that one, and it is said',
  async (t) => {
    const it = rig(t);
    await stream(it, 'Tablet');
    const right = await it.sessions.resume({ ...launchBy('Tablet'), app_id: desktop.id });
    t.same(right.describe().problems, []);
    const other = await it.sessions.resume({ ...launchBy('Tablet'), app_id: desktop.id + 1 });
    t.same(other.describe().problems, [
      {
        code: 'other_application',
        parameters: { client: 'Tablet', title: 'Desktop' },
        detail: 'Tablet asked to resume another application; Desktop runs and is shown.',
      },
    ]);
  },
);
