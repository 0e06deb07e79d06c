import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { isAnswerable } from './no-request.ts';
import './test-limit.ts';

t.test('who began a request is told that it is none; a connection on which nothing came is closed', async (t) => {
  const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
  const server = createServer(limits, (_, reply) => reply.end());
  server.on('clientError', (error, socket) => {
    if (isAnswerable(error, socket)) socket.end(`told ${(error as NodeJS.ErrnoException).code}`);
    else socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const said = async (words: string): Promise<string> => {
    const socket: Socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.setEncoding('utf8').on('data', (text) => (heard += text));
    if (words) socket.write(words);
    await once(socket, 'close');
    return heard;
  };
  t.equal(await said(''), '');
  t.equal(await said('GET / HTTP/1.1\r\nHo'), 'told ERR_HTTP_REQUEST_TIMEOUT');
  t.equal(await said('hello\r\n\r\n'), 'told HPE_INVALID_METHOD');
});
