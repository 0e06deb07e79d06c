import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import t, { type Test } from 'tap';
import { takeOneRequest } from './one-request.ts';
import '../test-limit.ts';

const request = 'GET /serverinfo HTTP/1.1\r\nHost: x\r\n\r\n';

interface Running {
  port: number;
  handled: string[];
  /** Answers the request that is held. */
  answer: () => void;
  gone: Promise<void>;
}

/** A server that notes what it is asked; `held` keeps the answer back. */
async function serve(t: Test, { held = false, head_timeout_ms = 10_000 } = {}): Promise<Running> {
  const handled: string[] = [];
  const gone = Promise.withResolvers<void>();
  let answer = () => {};
  const server: Server = createServer({ maxHeaderSize: 1000 }, (incoming, response) => {
    handled.push(incoming.url ?? '');
    response.once('close', gone.resolve);
    answer = () => response.end('hello');
    if (!held) answer();
  });
  takeOneRequest(server, 'connection', { head_timeout_ms, max_head_bytes: 1000 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, handled, answer: () => answer(), gone: gone.promise };
}

/** Sends the parts one after the other; resolves with all that comes back when the connection has ended. */
function say(port: number, ...parts: (string | (() => void))[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, async () => {
      for (const part of parts) {
        if (typeof part === 'function') part();
        else await new Promise((written) => socket.write(part, written));
      }
    });
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

t.test('one request is answered, and the connection ends', async (t) => {
  const { port, handled } = await serve(t);
  t.match(await say(port, request), /^HTTP\/1.1 200 OK\r\nConnection: close\r\n[\s\S]*hello$/);
  t.match(await say(port, 'GET /in/pi', 'eces HTTP/1.1\r\nHost: x\r', '\n\r', '\n'), /^HTTP\/1.1 200 OK/);
  t.match(await say(port, 'GET /old HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 200 OK/);
  t.same(handled, ['/serverinfo', '/in/pieces', '/old']);
});

t.test('of pipelined requests none is handled', async (t) => {
  const { port, handled } = await serve(t);
  const answers = Array.from({ length: 20 }, () => say(port, request.repeat(1500)));
  for (const text of await Promise.all(answers)) t.match(text, /^(HTTP\/1.1 400 Bad Request\r\n|$)/);
  t.same(handled, [], 'of 30,000');
});

t.test('a second request while the first is being answered ends the connection', async (t) => {
  const { port, handled, gone } = await serve(t, { held: true });
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
  while (handled.length === 0) await new Promise(setImmediate);
  socket.write(request.repeat(1500));
  await Promise.all([closed, gone]);
  t.same(handled, ['/serverinfo']);
});

t.test('a client that hangs up ends its request', async (t) => {
  const { port, handled, gone } = await serve(t, { held: true });
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  while (handled.length === 0) await new Promise(setImmediate);
  socket.destroy();
  await gone;
  t.pass('the handler is told');
});

t.test('what is no request', async (t) => {
  const { port, handled } = await serve(t, { head_timeout_ms: 200 });
  t.match(await say(port, '\x16\x03\x01hello, I speak TLS'), /^HTTP\/1.1 400 /, 'told at once');
  t.match(await say(port, `GET /${'a'.repeat(1000)}`), /^HTTP\/1.1 431 /, 'a head without end');
  t.equal(await say(port, 'GET / HTTP/1.1\r\nHo'), '', 'half a head is closed in time');
  t.same(handled, []);
});
