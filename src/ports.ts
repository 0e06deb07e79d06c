// The ports of a host, all derived from its base port, and whether they can be opened.

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { PunktfunkError, reasonOf } from './errors.ts';

export const default_base_port = 47_989;

/** Distance from the base port of each port: those of GameStream (docs/gamestream.md, 1.2), and the console's. */
const uses = {
  https: { offset: -5, name: 'HTTPS', transport: 'TCP' },
  http: { offset: 0, name: 'HTTP', transport: 'TCP' },
  console: { offset: 1, name: 'console', transport: 'TCP' },
  video: { offset: 9, name: 'video', transport: 'UDP' },
  control: { offset: 10, name: 'control', transport: 'UDP' },
  audio: { offset: 11, name: 'audio', transport: 'UDP' },
  rtsp: { offset: 21, name: 'RTSP', transport: 'TCP' },
} as const;
type Use = keyof typeof uses;
const all_uses = Object.keys(uses) as Use[];

export type Ports = Readonly<Record<Use, number>>;

export const portsOf = (base: number): Ports =>
  Object.fromEntries(all_uses.map((use) => [use, base + uses[use].offset])) as unknown as Ports;

/** Streams that a host sends at once, as far as ports go: the last port is the one before RTSP's. */
const max_streams = 4;

export type StreamPorts = Pick<Ports, 'video' | 'control' | 'audio'>;

/**
 * The UDP ports of each stream that there may be at once; its client is told which (docs/gamestream.md, 5.4). The first has
 * GameStream's own, which clients use that are told nothing; the others follow without a gap.
 */
export const streamPorts = (ports: Ports): StreamPorts[] =>
  Array.from({ length: max_streams }, (_, place) => ({
    video: ports.video + 3 * place,
    control: ports.control + 3 * place,
    audio: ports.audio + 3 * place,
  }));

/** What a firewall has to let in for all of them. */
export const streamPortRange = (ports: Ports): { first: number; last: number } => ({
  first: ports.video,
  last: ports.audio + 3 * (max_streams - 1),
});

/** Base ports whose derived ports are all in the range that ordinary users may open. */
export const base_port_range = { minimum: 1024 - uses.https.offset, maximum: 65_535 - uses.rtsp.offset } as const;

/** The ports, of those named, that cannot be opened at this moment: each is tried. With why, for people: see portError(). */
export async function refusedPorts(
  ports: Ports,
  address: string,
  named: readonly Use[] = all_uses,
): Promise<{ port: string; error: PunktfunkError }[]> {
  const tried = named.map(async (use) => {
    const { transport } = uses[use];
    const error = await (transport === 'TCP' ? tryTcp : tryUdp)(ports[use], address);
    return error ? [{ port: `${transport} ${ports[use]}`, error: portError(error, use, ports, address) }] : [];
  });
  return (await Promise.all(tried)).flat();
}

/** Why a port was not opened: PORT_TAKEN, PORT_FORBIDDEN or ADDRESS_UNUSABLE. */
export function portError(error: unknown, use: Use, ports: Ports, address: string): PunktfunkError {
  const { code } = error as NodeJS.ErrnoException;
  const { name, transport } = uses[use];
  const port = ports[use];
  const by = `${name}, ${transport}`;
  if (code === 'EADDRINUSE') return new PunktfunkError('PORT_TAKEN', { port, use: by });
  if (code === 'EACCES') return new PunktfunkError('PORT_FORBIDDEN', { port, use: by });
  return new PunktfunkError('ADDRESS_UNUSABLE', { address, reason: reasonOf(error) }, { cause: error });
}

function tryTcp(port: number, host: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once('error', resolve);
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function tryUdp(port: number, address: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').once('error', resolve);
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}
