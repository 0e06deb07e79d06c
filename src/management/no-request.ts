// What comes in and is no request: Node says so before any route could. It is refused in the words of the one table, too.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PunktfunkError } from '../errors.ts';
import { isAnswerable } from '../no-request.ts';

/** Of one request. */
export const max_head_bytes = 16 * 1024;

export function refuseNoRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!isAnswerable(error, socket)) {
    socket.destroy();
    return;
  }
  const { report, status } =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new PunktfunkError('HEAD_TOO_LONG', { bytes: max_head_bytes })
      : new PunktfunkError('BAD_REQUEST', { reason: `This is no whole request (${error.message})` });
  const body = JSON.stringify(report);
  const lines = [
    `HTTP/1.1 ${status.http} ${STATUS_CODES[status.http]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
