import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import t from 'tap';
import { Strangers } from '../strangers.ts';
import type { Conversations } from './conversations.ts';
import { Handshake, type HandshakeOptions } from './handshake.ts';
import { parseRequest } from './message.ts';
import { createRtspServer } from './server.ts';
import '../../test-limit.ts';

t.test(
  'what goes wrong inside is told with the place where it did; the client is told no more than that',
  async (t) => {
    const logged: { event: string; err?: { stack: string } }[] = [];
    const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
    const strangers = new Strangers(log);
    const options = {
      capabilities: () => Promise.reject(new Error('a fault of ours')),
      marks: { key: Buffer.alloc(16) },
      settings: {},
    };
    const handshake = new Handshake(options as unknown as HandshakeOptions);
    const conversations = {
      closedTo: () => undefined,
      find: (bytes: Buffer) => {
        const request = parseRequest(bytes);
        return request && { request, handshake };
      },
    };
    const { server } = createRtspServer({ conversations: conversations as unknown as Conversations, strangers, log });
    t.teardown(() => {
      server.close();
      strangers.close();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('DESCRIBE rtsp://host RTSP/1.0\r\nCSeq: 2\r\n\r\n');
    t.match(await text(client), /^RTSP\/1\.0 503 [^\r]+\r\nCSeq: 2\r\n\r\n$/);
    t.match(logged, [{ event: 'rtsp_refused', err: { stack: /a fault of ours/ } }]);
  },
);
