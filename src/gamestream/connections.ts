// Bounds on who may hold how many TCP connections: a client that opens many and says nothing cannot lock the others out.

import type { Server, Socket } from 'node:net';

export const connection_limits = {
  total: 128,
  /** A client uses a few; several clients may share an address behind a router. */
  an_address: 24,
};

/** An address as clients are compared by: IPv4 in its plain form also when it came over a dual-stack socket. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** Closes connections beyond the bounds at once. Call before listening. */
export function boundConnections(server: Server, limits = connection_limits): void {
  const counts = new Map<string, number>();
  server.maxConnections = limits.total;
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once('close', () => {
      const rest = (counts.get(address) ?? 1) - 1;
      if (rest > 0) counts.set(address, rest);
      else counts.delete(address);
    });
    if (count > limits.an_address) socket.destroy();
  });
}
