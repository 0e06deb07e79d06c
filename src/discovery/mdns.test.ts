import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { pino } from 'pino';
import t from 'tap';
import { announce, instanceName } from './mdns.ts';
import '../test-limit.ts';

const log = pino({ level: 'silent' });

t.test('names', async (t) => {
  t.equal(instanceName('Büro PC (2)'), 'Bu-ro-PC-2');
  t.equal(instanceName('日本'), 'punktfunk');
  t.equal(instanceName('-'), 'punktfunk');
  t.equal(instanceName('x'.repeat(63)).length, 53, 'room for what is added');
  t.notMatch(instanceName(`${'x'.repeat(52)} y`), /-$/);
});

/** A question for PTR records of _nvstream._tcp.local, answer by unicast wanted (RFC 6762 5.4). */
function question(): Buffer {
  const labels = ['_nvstream', '_tcp', 'local'].map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
  );
  return Buffer.concat([
    Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.from([0, 0, 12, 0x80, 1]),
  ]);
}

const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find((candidate) => candidate.family === 'IPv4' && !candidate.internal)?.address;
const skip = address ? false : 'this machine has no network interface but loopback';

t.test('an announced host is found', { skip }, async (t) => {
  const name = `pf-test-${process.pid}`;
  const announcement = await announce(name, 40_001, undefined, log);
  t.teardown(() => announcement.close());
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  socket.setMulticastInterface(address ?? '');
  const answers = (deadline_ms: number) =>
    new Promise<Buffer | undefined>((resolve) => {
      const take = (message: Buffer) => {
        if (message.includes(name)) done(message);
      };
      const ask = setInterval(() => socket.send(question(), 5353, '224.0.0.251'), 250);
      const deadline = setTimeout(() => done(undefined), deadline_ms);
      const done = (message: Buffer | undefined) => {
        clearInterval(ask);
        clearTimeout(deadline);
        socket.off('message', take);
        resolve(message);
      };
      socket.on('message', take);
      socket.send(question(), 5353, '224.0.0.251');
    });
  const answer = await answers(120_000);
  t.ok(answer, 'an answer with its name came');
  t.ok(answer?.includes(Buffer.from([40_001 >> 8, 40_001 & 0xff])), 'and its port');
});
