// The relay's command line, and a host behind a link: TCP as it is, UDP through the link.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { portsOf } from '../../src/ports.ts';
import { runChild, startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { HostBehindLink } from './behind-link.ts';
import { RelayError } from './relay.ts';

const program = [process.execPath, join(import.meta.dirname, '../main.ts'), 'impair'];
const kit = (...words: string[]) => runChild([...program, ...words]);
const listen = '127.0.0.2';

t.test('what is not understood is told in a sentence', async (t) => {
  for (const [words, code, said] of [
    [[], 2, /^impair takes one host\. .* impair --help tells more\.\n$/],
    [['a', 'b'], 2, /^impair takes one host\./],
    [['127.0.0.1', '--seed', 'x'], 2, /^--seed wants a whole number from 0 to \d+, not "x"\./],
    [['127.0.0.1', '--scenario', 'mars'], 1, /^There is no scenario "mars": impair --list shows those there are\.\n$/],
    [['127.0.0.1', '--down', 'loss=2'], 1, /^loss takes a share from 0% to 100%, not "2"\.\n$/],
    [['127.0.0.1', '--up', 'lag=2'], 1, /^A link has no "lag": it has loss, .*\.\n$/],
    [['127.0.0.1', '--listen', '127.0.0.1'], 1, /^The host is at 127\.0\.0\.1 itself: let the relay listen at another/],
    [['127.0.0.1', '--listen', 'here'], 1, /^"here" is not an IPv4 address\.\n$/],
    [['no.such.host.invalid'], 1, /^no\.such\.host\.invalid cannot be resolved to an IPv4 address\.\n$/],
    [['--netem', 'eth0; reboot'], 2, /^There is no network device called "eth0; reboot"\.\n$/],
  ] as const) {
    const { code: ended, err, out } = await kit(...words);
    t.equal(ended, code, words.join(' '));
    t.match(err, said);
    t.equal(out, '');
  }
});

t.test('a copy without the relay says so', async (t) => {
  const environment = { ...process.env, PUNKTFUNK_NATIVE_DIR: '/nonexistent/lib' };
  for (const words of [['127.0.0.1'], ['--list'], ['--scenario', 'lte', '--netem', 'eth0']]) {
    const { code, err } = await runChild([...program, ...words], { environment });
    t.equal(code, 1, words.join(' '));
    t.match(err, /^\/nonexistent\/bin\/punktfunk-impair is missing\. Mend it with: .*\n$/);
  }
});

t.test('the scenarios are listed with their sources, and can be scripts of tc', async (t) => {
  const { code, out } = await kit('--list');
  t.equal(code, 0);
  const names = [...out.matchAll(/^([a-z0-9-]+): /gm)].map(([, name]) => name ?? '');
  t.same(names, ['clean', 'wifi', 'wifi-microwave', 'roaming', 'lte', 'vpn-1280', 'narrowing', 'policer']);
  t.equal(out.match(/^ {2}source: \S/gm)?.length, names.length);
  const script = await kit('--scenario', 'lte', '--netem', 'eth0');
  t.equal(script.code, 0);
  t.match(script.out, /^#!\/bin\/sh\n[\s\S]*tc qdisc replace dev eth0 parent 1:1 handle 10: netem loss 0\.05%/);
});

t.test('--help tells of each word that a link has', async (t) => {
  const { err } = await kit('127.0.0.1', '--down', 'nothing');
  const known = /it has (.*) and clean\.\n$/.exec(err)?.[1]?.split(', ') ?? [];
  t.ok(known.length > 10);
  const { out } = await kit('--help');
  for (const word of known) t.match(out, new RegExp(`^ {2}${word}\\b`, 'm'), word);
});

/** A host: what comes by TCP to its HTTP port it sends back, and what comes by UDP to its video port. */
async function echo(t: Test, base_port: number): Promise<void> {
  const ports = portsOf(base_port);
  const http = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(ports.http, '127.0.0.1');
  await once(http, 'listening');
  const video = await bound(t, ports.video, '127.0.0.1');
  video.on('message', (message, from) => video.send(message, from.port, from.address));
  t.teardown(() => http.close());
}

async function bound(t: Test, port: number, address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return socket;
}

async function opened(t: Test, base_port: number, ...link: string[]): Promise<HostBehindLink> {
  const path = await HostBehindLink.open({ host: '127.0.0.1', base_port, listen, seed: 1, link });
  t.teardown(() => path.close());
  return path;
}

t.test('TCP passes as it is, UDP through the link, which can be changed', async (t) => {
  const base_port = await freeBasePort();
  await echo(t, base_port);
  const path = await opened(t, base_port, '--down', 'down');
  const { http, video } = portsOf(base_port);

  const caller = connect(http, listen);
  caller.end('hello');
  t.equal(await text(caller), 'hello');

  const client = await bound(t, 0, listen);
  const heard: string[] = [];
  client.on('message', (message) => heard.push(`${message}`));
  client.send('lost', video, listen);
  await eventually('the datagram that is lost', async () => (await path.relay.stats()).down_outage_dropped === 1);
  await path.relay.setLink('clean');
  client.send('heard', video, listen);
  await eventually('the datagram that is not', () => heard.length > 0);
  t.same(heard, ['heard']);
  t.match(await path.relay.stats(), { up_sent: 2, up_delivered: 2, down_sent: 2, down_delivered: 1, unsent: 0 });
  await t.rejects(path.relay.setLink('loss=lots'), new RelayError('loss takes a share from 0% to 100%, not "lots".'));
});

t.test('a host that listens at every address has the ports: a sentence, and nothing stays open', async (t) => {
  const base_port = await freeBasePort();
  const { http, video } = portsOf(base_port);
  const everywhere = createServer().listen(http, '0.0.0.0');
  await once(everywhere, 'listening');
  await t.rejects(opened(t, base_port), { message: new RegExp(`^TCP port ${http} of ${listen} is taken: `) });
  everywhere.close();
  const socket = await bound(t, video, '0.0.0.0');
  await t.rejects(opened(t, base_port), { message: new RegExp(`^UDP port ${video} of ${listen} cannot be opened: `) });
  await new Promise<void>((done) => socket.close(done));
  socket.close = () => socket; // its teardown comes yet
  await opened(t, base_port);
});

t.test('connections end with the relay, and end each other', async (t) => {
  const base_port = await freeBasePort();
  await echo(t, base_port);
  const path = await opened(t, base_port);
  const caller = connect(portsOf(base_port).http, listen);
  caller.on('error', () => {});
  caller.write('x');
  await once(caller, 'data');
  const closed = once(caller, 'close');
  await path.close();
  await closed;
  await t.rejects(path.relay.stats(), { message: 'The relay ended without a word.' });
  // Nobody listens at the host's RTSP port.
  const again = await opened(t, base_port);
  const refused = connect(portsOf(base_port).rtsp, again.listen);
  refused.on('error', () => {});
  await once(refused, 'close');
});

t.test('a relay that dies is told at once, and is no good end', async (t) => {
  const base_port = await freeBasePort();
  await echo(t, base_port);
  const child = startChild([...program, '127.0.0.1', '--port', `${base_port}`], { owner: t });
  const exit = once(child, 'exit');
  let err = '';
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  await eventually('that it stands', () => /behind the link/.test(err));
  const below = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number);
  t.equal(below.length, 1);
  process.kill(below[0] ?? 0, 'SIGKILL');
  t.same(await exit, [1, null]);
  t.match(err, /\nThe relay ended without a word\.\n$/);
});
