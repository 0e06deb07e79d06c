import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createLogger } from '../log.ts';
import { eventually } from '../test-eventually.ts';
import { Child } from './child.ts';
import { restart_limits, Service } from './service.ts';

interface Line {
  level: string;
  event: string;
  msg: string;
}

/** A service whose program writes a line to a file at each start, and then does `then`. */
async function serviceThat(t: { teardown(run: () => unknown): unknown }, then: string, pauses_ms: number[]) {
  const directory = mkdtempSync(join(tmpdir(), 'pf-service-'));
  const starts = join(directory, 'starts');
  writeFileSync(starts, '');
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  const log = await createLogger({ level: 'info', pretty: false, destination });
  const command = ['sh', '-c', `echo start >> '${starts}'; ${then}`];
  const service = new Service({
    name: 'program',
    start: () => new Child('program', command, { PATH: process.env.PATH }, log),
    log,
    limits: { ...restart_limits, pauses_ms },
  });
  t.teardown(async () => {
    await service.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return { service, lines, starts: () => readFileSync(starts, 'utf8').trim().split('\n').length };
}

t.test('a program that ends again and again is left alone, and said so', async (t) => {
  const { service, lines, starts } = await serviceThat(t, 'echo no room; exit 3', [0, 10, 20]);
  const reason = await eventually('the end of trying', () => service.given_up);
  t.equal(reason, 'program exited with 3 (no room) again and again');
  t.equal(starts(), 4, 'the first start and one after each pause');
  t.same(
    lines.map(({ level, msg }) => [level, msg]),
    [
      ...Array.from({ length: 3 }, () => ['warn', 'program exited with 3 (no room); it is started again.']),
      ['error', 'program exited with 3 (no room) again and again; it is not started again.'],
    ],
  );
});

t.test('a program that cannot be run at all is one of these', async (t) => {
  const log = await createLogger({ level: 'silent', pretty: false });
  const service = new Service({
    name: 'nothing',
    start: () => new Child('nothing', ['/nonexistent/program'], { PATH: process.env.PATH }, log),
    log,
    limits: { ...restart_limits, pauses_ms: [0] },
  });
  t.teardown(() => service.stop());
  t.match(
    await eventually('the end of trying', () => service.given_up),
    /^nothing exited with \d+ \(.*nonexistent.*\)/,
  );
});

t.test('a program that ran well has all its tries again', async (t) => {
  const { service, starts } = await serviceThat(t, 'exit 0', [0]);
  await eventually('the end of trying', () => service.given_up);
  t.equal(starts(), 2);
  const log = await createLogger({ level: 'silent', pretty: false });
  let count = 0;
  const well = new Service({
    name: 'well',
    start: () => {
      count++;
      return new Child('well', ['true'], { PATH: process.env.PATH }, log);
    },
    log,
    limits: { pauses_ms: [0], well_ms: 0 },
  });
  t.teardown(() => well.stop());
  await eventually('more starts than pauses', () => count > 4 || undefined);
  t.equal(well.given_up, undefined);
});

t.test('a program that is stopped stays stopped, also in a pause', async (t) => {
  const { service, starts } = await serviceThat(t, 'exit 1', [60_000]);
  await eventually('the first end', async () => (await service.child.ended) && true);
  await service.stop();
  t.equal(starts(), 1);
  const running = await serviceThat(t, 'exec sleep 1000', [0]);
  await eventually('its start', () => running.starts() === 1 || undefined);
  await running.service.stop();
  t.equal(running.starts(), 1);
  t.same(running.lines, [], 'an end that was asked for is no event');
});

t.test('what a program needs is waited for', async (t) => {
  const log = await createLogger({ level: 'silent', pretty: false });
  const there = Promise.withResolvers<void>();
  let count = 0;
  const service = new Service({
    name: 'needy',
    needs: () => there.promise,
    start: () => {
      count++;
      return new Child('needy', count === 1 ? ['true'] : ['sleep', '1000'], { PATH: process.env.PATH }, log);
    },
    log,
    limits: { ...restart_limits, pauses_ms: [0] },
  });
  t.teardown(() => service.stop());
  await service.child.ended;
  t.equal(count, 1);
  there.resolve();
  await eventually('its second start', () => count === 2 || undefined);
});
