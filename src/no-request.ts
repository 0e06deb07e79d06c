// What comes in and is no request, before any route sees it (node:http, 'clientError').

import type { Duplex } from 'node:stream';

/**
 * Whether whoever sent it can be told so. Only what was HTTP is answered: an unfinished handshake would keep the socket open for ever.
 * Nor is a connection answered on which nothing came in time: browsers open them in advance, and would take that for the answer to the
 * request that they send just then. Closed without a word, they send it again over another one.
 */
export function isAnswerable({ code = '' }: NodeJS.ErrnoException, socket: Duplex & { bytesRead?: number }): boolean {
  if (!socket.writable || !/^(?:HPE_|ERR_HTTP_)/.test(code)) return false;
  return code !== 'ERR_HTTP_REQUEST_TIMEOUT' || socket.bytesRead !== 0;
}
