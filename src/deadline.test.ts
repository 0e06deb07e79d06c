import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { Deadline, inTime } from './deadline.ts';
import './test-limit.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const block = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

t.test('it comes, unless it is cleared or set again', async (t) => {
  const came = Promise.withResolvers<string>();
  const cleared = new Deadline();
  cleared.set(1, () => came.resolve('cleared'));
  cleared.clear();
  const deadline = new Deadline();
  deadline.set(1, () => came.resolve('first'));
  deadline.set(20, () => came.resolve('second'));
  t.equal(await came.promise, 'second');
});

t.test('a loop that was busy or stopped for longer than the limit is not late yet', async (t) => {
  let late = false;
  const deadline = new Deadline();
  deadline.set(20, () => (late = true));
  for (let gaps = 0; gaps < 6; gaps++) {
    block(300);
    for (let turns = 0; turns < 2; turns++) await turn(); // the timers' phase lies between
  }
  t.notOk(late);
  deadline.clear();
});

t.test('what arrived while the loop was busy is read first', async (t) => {
  // The other side answers from a thread of its own, while this one is blocked.
  const limit_ms = 500;
  const outcome = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    const deadline = new Deadline();
    socket.once('data', () => {
      deadline.set(limit_ms, () => outcome.resolve('silent'));
      socket.write('?');
      socket.once('data', () => {
        deadline.clear();
        outcome.resolve('heard');
      });
      setImmediate(() => block(limit_ms * 3));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const worker = new Worker(
    `const socket = require('node:net').connect(${port}, '127.0.0.1', () => socket.write('!'));
     socket.on('data', () => socket.write('!'));`,
    { eval: true },
  );
  t.teardown(async () => {
    await worker.terminate();
    server.close();
  });
  t.equal(await outcome.promise, 'heard');
});

t.test('a promise in time, and one that is not', async (t) => {
  t.equal(await inTime(Promise.resolve(1), 10_000, 'late'), 1);
  await t.rejects(inTime(new Promise(() => {}), 10, 'it does not answer'), { message: 'it does not answer' });
});
