import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { eventually } from '../test-eventually.ts';
import { boundConnections } from './connections.ts';
import { Strangers, stranger_limits } from './strangers.ts';
import '../test-limit.ts';

function logged() {
  const lines: { msg: string; event: string; count?: number }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { lines, log };
}

t.test('a line that anyone can cause is written a few times, then counted', async (t) => {
  const { lines, log } = logged();
  const strangers = new Strangers(log, { ...stranger_limits, lines: 3 });
  for (let i = 0; i < 1000; i++) strangers.say('info', { event: 'request_refused' }, `line ${i}`);
  strangers.say('warn', { event: 'pairing_failed' }, 'another kind');
  for (let i = 0; i < 1000; i++) strangers.say('debug', { event: 'request_refused' }, 'not wanted at this level');
  t.same(
    lines.map(({ msg }) => msg),
    ['line 0', 'line 1', 'line 2', 'another kind'],
  );
  t.equal(strangers.counts.lines_left_out, 997);
  strangers.close();
  t.match(lines.at(-1), { event: 'lines_left_out', of: 'request_refused', count: 997 });
  t.equal(lines.length, 5, 'nothing is said of kinds that were not cut');
});

t.test('the count is told when the window ends, and a new one begins', async (t) => {
  const { lines, log } = logged();
  const strangers = new Strangers(log, { ...stranger_limits, lines: 1, window_ms: 20 });
  strangers.say('info', { event: 'e' }, 'first');
  strangers.say('info', { event: 'e' }, 'second');
  await eventually('the count', () => lines.length >= 2);
  t.match(lines[1], { event: 'lines_left_out', count: 1 });
  strangers.say('info', { event: 'e' }, 'third');
  t.equal(lines[2]?.msg, 'third');
});

interface Bounded {
  strangers: Strangers;
  /** A connection from 127.0.0.`last`, once the server has it. */
  open: (last: number) => Promise<Socket>;
}

async function bounded(t: Test, limits: { total: number; an_address: number }): Promise<Bounded> {
  const strangers = new Strangers(pino({ level: 'silent' }));
  const server = createServer();
  const end = boundConnections(server, strangers, limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    end();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    strangers,
    async open(last) {
      const taken = once(server, 'connection');
      const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${last}` });
      socket.on('error', () => {});
      t.teardown(() => socket.destroy());
      await taken;
      return socket;
    },
  };
}

const closed = (socket: Socket) => (socket.closed ? Promise.resolve() : once(socket, 'close'));

t.test('one address has its share', async (t) => {
  const { open, strangers } = await bounded(t, { total: 10, an_address: 2 });
  const held = [await open(1), await open(1)];
  await closed(await open(1));
  t.same(
    held.map(({ destroyed }) => destroyed),
    [false, false],
  );
  t.equal(strangers.counts.connections_closed, 1);
});

t.test('many addresses that hold everything keep nobody out', async (t) => {
  const { open } = await bounded(t, { total: 6, an_address: 3 });
  const first = [await open(1), await open(1)];
  const most = [await open(2), await open(2), await open(2)];
  const other = await open(3);
  const newcomer = await open(9);
  await closed(most[0] as Socket);
  t.same(
    [...first, ...most.slice(1), other, newcomer].map(({ destroyed }) => destroyed),
    Array(6).fill(false),
    'the oldest of the address with most went, nobody else',
  );
});

t.test('one connection each from more addresses than there is room for: a paired client stays', async (t) => {
  const { open, strangers } = await bounded(t, { total: 4, an_address: 3 });
  strangers.welcome('127.0.0.7');
  const client = [await open(7), await open(7)];
  const crowd: Socket[] = [];
  for (let last = 20; last < 40; last++) crowd.push(await open(last));
  await Promise.all(crowd.slice(0, -2).map(closed));
  t.same(
    client.map(({ destroyed }) => destroyed),
    [false, false],
  );
  const third = await open(7);
  t.notOk(third.destroyed, 'and has room for more');
});
