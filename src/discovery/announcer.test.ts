import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { pino } from 'pino';
import t from 'tap';
import { announcer_limits, keepAnnounced } from './announcer.ts';
import '../test-limit.ts';

const address = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find((candidate) => candidate.family === 'IPv4' && !candidate.internal)?.address;
const limits = { ...announcer_limits, check_ms: 200, retry_ms: 20, watch_ms: 20 };

/** UDP 5353 shared with nobody, as some programs keep it; undefined where one of this machine has it already. */
function keepPort(): Promise<Socket | undefined> {
  const socket = createSocket({ type: 'udp4', reuseAddr: false });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(undefined));
    socket.bind({ port: 5353, exclusive: true }, () => resolve(socket));
  });
}

const no_network = address ? false : 'this machine has no network interface but loopback';
const free = await keepPort();
await new Promise<void>((resolve) => (free ? free.close(resolve) : resolve()));

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
  { skip: no_network || (free ? false : 'UDP 5353 is in use by another program of this machine') },
  async (t) => {
    const other = await keepPort();
    if (!other) throw new Error('it was free a moment ago');
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
