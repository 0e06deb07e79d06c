import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { default_base_port, portsOf, streamPortRange, streamPorts } from './ports.ts';

const package_root = join(import.meta.dirname, '..');

t.test('each stream has ports of its own, in the range that firewalls open', async (t) => {
  const ports = portsOf(default_base_port);
  const of_streams = streamPorts(ports).flatMap(({ video, control, audio }) => [video, control, audio]);
  t.same(of_streams.slice(0, 3), [47_998, 47_999, 48_000], 'the first has those that clients know');
  const { first, last } = streamPortRange(ports);
  t.same(
    of_streams,
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
    'no two alike, no gap',
  );
  t.ok(last < ports.rtsp);
  t.match(readFileSync(join(package_root, 'README.md'), 'utf8'), `UDP ${first} to ${last}`);
});

t.test('what packages bring for firewalls opens what a host listens on, and no more', async (t) => {
  const { http, https, console, rtsp, ...ports } = portsOf(default_base_port);
  const tcp = [https, http, console, rtsp];
  const { first, last } = streamPortRange({ http, https, console, rtsp, ...ports });
  const file = (path: string) => readFileSync(join(package_root, 'packaging/linux/all/usr/lib', path), 'utf8');
  const opened = [...file('firewalld/services/punktfunk.xml').matchAll(/<port protocol="(\w+)" port="([\d-]+)"/g)];
  t.same(
    opened.map(([, protocol, port]) => `${port}/${protocol}`),
    [...tcp.map((port) => `${port}/tcp`), `${first}-${last}/udp`],
  );
  t.match(file('punktfunk/ufw/punktfunk'), new RegExp(`^ports=${tcp}/tcp\\|${first}:${last}/udp\\|5353/udp$`, 'm'));
});
