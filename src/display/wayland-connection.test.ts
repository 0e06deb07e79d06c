// The host's own Wayland client against compositors that hang, leave, lie and talk nonsense.

import { createServer } from 'node:net';
import { join } from 'node:path';
import * as fc from 'fast-check';
import t from 'tap';
import { folder } from '../test-folder.ts';
import { event, startFakeCompositor, string, u32 } from './test-sway.ts';
import { WaylandConnection } from './wayland-connection.ts';
import '../test-limit.ts';

interface Test {
  teardown(run: () => unknown): unknown;
}

function socketPath(t: Test): string {
  const directory = folder(t);
  return join(directory, 'wayland-1');
}

async function fake(t: Test, offers: string[]) {
  const path = socketPath(t);
  const compositor = await startFakeCompositor(t, path, offers);
  const connection = await WaylandConnection.open(path);
  t.teardown(() => connection.close());
  return { compositor, connection };
}

/** Somebody at the socket who answers the first bytes with these, and nothing more. */
async function stranger(t: Test, answer: Buffer): Promise<string> {
  const path = socketPath(t);
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the other side closed first
    socket.once('data', () => socket.write(answer));
    t.teardown(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => server.close());
  return path;
}

t.test('what is offered, also later, and what is no longer', async (t) => {
  const { compositor, connection } = await fake(t, ['wl_compositor', 'wl_seat']);
  t.ok(connection.offers('wl_compositor'));
  t.notOk(connection.offers('wl_output'));
  compositor.say(event(2, 0, u32(7), string('wl_output'), u32(4)));
  await connection.ping();
  t.ok(connection.offers('wl_output'));
  compositor.say(event(2, 1, u32(7)));
  await connection.ping();
  t.notOk(connection.offers('wl_output'));
});

t.test('a compositor that hangs, and one that leaves', async (t) => {
  const { compositor, connection } = await fake(t, []);
  compositor.hangs = true;
  await t.rejects(connection.ping(50), { message: 'the compositor does not answer' });
  const asked = connection.ping();
  await compositor.end();
  await t.rejects(asked, { message: 'the compositor closed the connection' });
  t.equal(await connection.closed, 'the compositor closed the connection');
  await t.rejects(connection.ping(), { message: 'the compositor closed the connection' }, 'at once from then on');
  t.notOk(connection.stayAwake(), 'and it is not asked for anything');
});

t.test('awake as long as it is wanted', async (t) => {
  const { compositor, connection } = await fake(t, ['wl_compositor', 'zwp_idle_inhibit_manager_v1']);
  t.ok(connection.stayAwake());
  t.ok(connection.stayAwake(), 'once is enough');
  await connection.ping();
  const asked = compositor.requests.length;
  t.same(compositor.requests.slice(0, 2), ['2.0', '2.0'], 'two globals are bound');
  t.equal(asked, 4, 'a surface and its inhibitor');
  connection.letSleep();
  connection.letSleep();
  await connection.ping();
  t.equal(compositor.requests.length, asked + 2, 'both go');
  t.ok(connection.stayAwake());
  await connection.ping();
  t.equal(compositor.requests.length, asked + 4, 'nothing is bound twice');

  const other = await fake(t, ['wl_compositor']);
  t.notOk(other.connection.stayAwake(), 'not offered');
  await other.connection.ping();
  t.same(other.compositor.requests, []);
});

t.test('who is no compositor', async (t) => {
  const answers: [Buffer, RegExp][] = [
    [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /not Wayland/],
    [Buffer.from([2, 0, 0, 0, 0, 0, 4, 0]), /not Wayland/],
    [event(2, 0, u32(1), u32(0xffff_ffff)), /not Wayland/],
    [event(2, 0, u32(1), u32(0)), /not Wayland/],
    [event(1, 0, u32(1), u32(0), string('no')), /reports an error/],
    [Buffer.concat(Array.from({ length: 1001 }, (_, i) => event(2, 0, u32(i), string('x'), u32(1)))), /not Wayland/],
    [Buffer.alloc(0), /does not answer/],
    [Buffer.from([2, 0, 0]), /does not answer/],
  ];
  for (const [answer, reason] of answers) {
    const limit_ms = String(reason).includes('does not answer') ? 100 : 60_000;
    await t.rejects(WaylandConnection.open(await stranger(t, answer), limit_ms), { message: reason });
  }
  await t.rejects(WaylandConnection.open(socketPath(t)), { message: /ENOENT/ });
});

t.test('any bytes: a sentence or an answer, nothing else', async (t) => {
  let answer = Buffer.alloc(0);
  const path = socketPath(t);
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the other side closed first
    socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => server.close());
  const message = fc
    .tuple(fc.constantFrom(1, 2, 3, 7), fc.nat(3), fc.uint8Array({ maxLength: 40 }))
    .map(([object, opcode, body]) => event(object, opcode, Buffer.from(body)));
  const bytes = fc.array(fc.oneof(message, fc.uint8Array({ maxLength: 40 }).map(Buffer.from)), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(bytes, async (parts) => {
      answer = Buffer.concat(parts as Buffer[]);
      const outcome = await WaylandConnection.open(path).then(
        (connection) => connection.close(),
        (error: unknown) => error instanceof Error && error.message.length > 0,
      );
      return outcome === undefined || outcome === true;
    }),
    { numRuns: 200 },
  );
  t.pass('200 answers');
});
