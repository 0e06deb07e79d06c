// Bounds on who may hold how many TCP connections: nobody, with however many addresses, can keep the others out.

import type { Server, Socket } from 'node:net';
import type { Strangers } from './strangers.ts';

const connection_limits = {
  total: 128,
  /** A client uses a few; several clients may share an address behind a router. */
  an_address: 24,
};

/** An address as clients are compared by: IPv4 in its plain form also when it came over a dual-stack socket. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/**
 * Closes what is beyond the bounds: of one address its newest connection; of all together the oldest one of the stranger with most, of a
 * paired client's address only when there are no strangers. Call before listening. Returns what ends those that are open, also in the
 * middle of a TLS handshake, where an HTTP server does not know them yet and its close() would wait for them.
 */
export function boundConnections(server: Server, strangers: Strangers, limits = connection_limits): () => void {
  /** Sets and the map keep the order of arrival. */
  const open = new Map<string, Set<Socket>>();
  let total = 0;
  const forget = (address: string, socket: Socket) => {
    const sockets = open.get(address);
    if (!sockets?.delete(socket)) return;
    total--;
    if (sockets.size === 0) open.delete(address);
  };
  const weight = (address: string, sockets: Set<Socket>) =>
    sockets.size - (strangers.isKnown(address) ? limits.total : 0);
  const crowdOut = () => {
    const [most] = [...open].sort((one, other) => weight(...other) - weight(...one));
    const [oldest] = most?.[1] ?? [];
    if (!most || !oldest) return;
    forget(most[0], oldest);
    oldest.destroy();
    strangers.counts.connections_closed++;
  };
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    if ((open.get(address)?.size ?? 0) >= limits.an_address) {
      socket.destroy();
      strangers.counts.connections_closed++;
      return;
    }
    if (total >= limits.total) crowdOut();
    const sockets = open.get(address) ?? new Set();
    open.set(address, sockets.add(socket));
    total++;
    socket.once('close', () => forget(address, socket));
  });
  return () => {
    for (const sockets of open.values()) for (const socket of sockets) socket.destroy();
  };
}
