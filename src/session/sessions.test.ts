import t from 'tap';
import { describeStatus } from '../commands/status.ts';
import type { Status } from '../management/schema.ts';
import { desktop, launchBy, request, rig } from './test-sessions.ts';

t.setTimeout(120_000);

t.test('a problem that does not end the stream is kept and logged once, also by the next engine', async (t) => {
  const troubled = { code: 'audio_interrupted', detail: 'PipeWire has ended.' };
  const { sessions, logged, until } = rig(t, { engine: { troubled, dies: [1] } });
  const session = await sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.announce(request, '127.0.0.1');
  await until(
    'the second engine runs',
    () => session.describe().engine.restarts === 1 && session.phase === 'streaming',
  );
  await until('it was told twice more', () => logged.filter(({ code }) => code === troubled.code).length === 4);
  const { problems } = session.describe();
  t.same(problems[0], troubled);
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
    app: null,
    session: session.describe(),
  } as unknown as Status;
  t.match(describeStatus(status).join('\n'), /^problem {3}PipeWire has ended\.\nproblem {3}The engine failed/m);
});
