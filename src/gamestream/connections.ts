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

/**
 * Closes connections beyond the bounds at once. Call before listening. Returns what ends those that are open, also in the middle of a TLS
 * handshake, where an HTTP server does not know them yet and its close() would wait for them.
 */
export function boundConnections(server: Server, limits = connection_limits): () => void {
  const open = new Map<string, Set<Socket>>();
  server.maxConnections = limits.total;
  server.on('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const sockets = open.get(address) ?? new Set();
    open.set(address, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) open.delete(address);
    });
    if (sockets.size > limits.an_address) socket.destroy();
  });
  return () => {
    for (const sockets of open.values()) for (const socket of sockets) socket.destroy();
  };
}
