// One file, one test after the other: there is one UDP 5353 on a machine, and one of these keeps it to itself.

import { createSocket, type Socket } from 'node:dgram';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { networkInterfaces } from 'node:os';
import { pino } from 'pino';
import t from 'tap';
import { announcer_limits, keepAnnounced } from './announcer.ts';
import { announce, instanceName } from './mdns.ts';
import '../test-limit.ts';

const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find((candidate) => candidate.family === 'IPv4' && !candidate.internal)?.address;
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

const no_network = address ? false : 'this machine has no network interface but loopback';

t.test('an announced host is found', { skip: no_network }, async (t) => {
  const name = `pf-test-${process.pid}`;
  const made: Socket[] = [];
  const keep = (message: unknown) => void made.push((message as { socket: Socket }).socket);
  subscribe('udp.socket', keep);
  t.teardown(() => unsubscribe('udp.socket', keep));
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
  // What is not looked after ends a host: an answer that cannot be sent, which this process would end with too.
  for (const each of made.filter((one) => one !== socket))
    each.emit('message', question(), { address, family: 'IPv4', port: 0, size: question().length });
  t.ok(await answers(120_000), 'and comes after a question from port 0');
  t.ok(answer?.includes(Buffer.from([40_001 >> 8, 40_001 & 0xff])), 'and its port');
});

const limits = { ...announcer_limits, check_ms: 200, retry_ms: 20, watch_ms: 20 };

/** UDP 5353 shared with nobody, as some programs keep it; undefined where one of this machine has it already. */
function keepPort(): Promise<Socket | undefined> {
  const socket = createSocket({ type: 'udp4', reuseAddr: false });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(undefined));
    socket.bind({ port: 5353, exclusive: true }, () => resolve(socket));
  });
}

/** An announcer whose log can be waited for. */
function announcer(changes: { name?: () => string; addresses?: () => string[] }) {
  const events: string[] = [];
  let heard = Promise.withResolvers<void>();
  const log = pino(
    {},
    {
      write(line: string) {
        const { event, reason } = JSON.parse(line) as { event: string; reason?: string };
        events.push(reason === undefined ? event : `${event}: ${reason}`);
        heard.resolve();
        heard = Promise.withResolvers();
      },
    },
  );
  const kept = keepAnnounced({
    name: () => `pf-keep-${process.pid}`,
    port: 40_002,
    address: undefined,
    addresses: () => (address ? [address] : []),
    log,
    limits,
    ...changes,
  });
  return {
    kept,
    events,
    async until(event: RegExp) {
      while (!events.some((one) => event.test(one))) await heard.promise;
    },
  };
}

t.test('a machine without a network is not announced, says so once, and is when the network comes', async (t) => {
  let network = false;
  const { kept, events, until } = announcer({ addresses: () => (network && address ? [address] : []) });
  await until(/not_announced/);
  t.same(events, ['not_announced: this machine has no network']);
  t.equal(kept.announced, false);
  if (!address) return kept.close();
  network = true;
  await until(/^announced$/);
  t.equal(kept.announced, true);
  network = false;
  t.equal(kept.announced, false, 'from the moment that it is gone');
  t.equal(events.filter((event) => event.startsWith('not_announced')).length, 1);
  await kept.close();
});

t.test(
  'while another program keeps the port to itself: not announced; afterwards: announced',
  { skip: no_network },
  async (t) => {
    const other = await keepPort();
    if (!other) return t.plan(0, 'another program of this machine has UDP 5353');
    const { kept, until } = announcer({});
    await until(/not_announced: another program keeps UDP 5353 for itself/);
    t.equal(kept.announced, false);
    await new Promise<void>((resolve) => other.close(resolve));
    await until(/^announced$/);
    t.equal(kept.announced, true);
    await kept.close();
  },
);

t.test('a machine that gets another name is announced under it', { skip: no_network }, async (t) => {
  let name = `pf-old-${process.pid}`;
  const { kept, until } = announcer({ name: () => name });
  await until(/^announced$/);
  name = `pf-new-${process.pid}`;
  t.equal(kept.announced, false, 'not under the new name yet');
  const { isFound } = await import('./ask.ts');
  t.equal(await isFound(name, String(address), 120_000), true);
  await kept.close();
});
