// The door for commands: a Unix socket in the data directory that only its user (and root) can open.

import { chmodSync, rmSync } from 'node:fs';
import type { Logger } from '../log.ts';
import type { Caller } from '../service/access.ts';
import type { HostService } from '../service/host-service.ts';
import { refuseWebPages } from '../web-pages.ts';
import { createApi } from './api.ts';

const owner: Caller = { kind: 'socket', id: 'socket', name: 'the local socket', scope: 'admin', recent: true };

/** Opens the socket, mode 0600. Who has the data directory's lock calls it, and lets go of that after `close`: so a
 * socket that is there was left behind, and the one that is removed is our own. */
export async function openSocketDoor(
  path: string,
  service: HostService,
  log: Logger,
): Promise<{ close: () => Promise<void> }> {
  const server = createApi(service, {
    callerOf({ headers }) {
      refuseWebPages(headers);
      return owner;
    },
    log,
  });
  rmSync(path, { force: true });
  const mask = process.umask(0o177); // the socket is never open to others, not even for a moment
  try {
    await server.listen({ path });
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
  return {
    async close() {
      await server.close();
      rmSync(path, { force: true });
    },
  };
}
