// RTSP over TCP: one request a connection, answered and closed (docs/gamestream.md, 5.1). Open only while a launch waits for its stream.

import { createServer, type Server, type Socket } from 'node:net';
import { Deadline } from '../../deadline.ts';
import { reasonOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { boundConnections, plainAddress } from '../connections.ts';
import type { Strangers } from '../strangers.ts';
import type { Conversations, Found } from './conversations.ts';
import { BadRtsp, buildReply, max_request_bytes } from './message.ts';
import { sealFrame } from './sealing.ts';

const request_timeout_ms = 10_000; // from connect to the last byte of the request
const linger_ms = 2_000; // for the client to close its side after our reply
const max_buffered_bytes = max_request_bytes + 24;

export interface RtspOptions {
  conversations: Conversations;
  strangers: Strangers;
  log: Logger;
}

/** The server, not listening yet, and what ends its open connections. */
export function createRtspServer(options: RtspOptions): { server: Server; endConnections: () => void } {
  const { conversations, strangers } = options;
  const server = createServer((socket) => {
    const address = plainAddress(socket.remoteAddress);
    socket.on('error', () => socket.destroy());
    const closed = conversations.closedTo(address);
    const refuse = (reason: string) => {
      strangers.counts.requests_refused++;
      const fields = { event: 'rtsp_refused', address, reason };
      strangers.say(closed ? 'debug' : 'info', fields, `${address}: RTSP connection closed: ${reason}`);
      socket.destroy();
    };
    if (closed === undefined)
      void converse(socket, address, options).catch((error: unknown) => {
        refuse(reasonOf(error));
      });
    else refuse(closed);
  });
  return { server, endConnections: boundConnections(server, strangers) };
}

async function converse(socket: Socket, address: string, options: RtspOptions): Promise<void> {
  const { conversations, log, strangers } = options;
  let found: Found;
  try {
    found = await readRequest(socket, (bytes) => conversations.find(bytes, address));
  } catch (error) {
    // A clear request is told that it is bad; a sealed one proves nothing when it cannot be opened, so the connection just ends.
    if (!(error instanceof BadRtsp) || !conversations.hasClear(address)) throw error;
    const fields = { event: 'rtsp_refused', address, reason: reasonOf(error) };
    strangers.say('info', fields, `${address}: RTSP request refused: ${error.message}`);
    endWith(socket, buildReply(error.status.rtsp, [['CSeq', '0']]));
    return;
  }
  const { request, handshake } = found;
  // Wiped when the session ends; the refusal of an ANNOUNCE that ended it is sealed with this one.
  const key = Buffer.from(handshake.key);
  try {
    const { reply, refusal } = await handshake.answer(request, address);
    if (refusal) {
      const fault = refusal.code === 'INTERNAL' && { err: refusal };
      const fields = { event: 'rtsp_refused', address, method: request.method, ...fault };
      const sentence = `${address}: ${request.method} refused: ${refusal.advice}`;
      // A sealed request is the client's own; a clear one is anybody's at its address.
      if (handshake.sealed) log.warn(fields, sentence);
      else strangers.say('warn', fields, sentence);
    }
    endWith(socket, handshake.sealed ? sealFrame(reply, key, handshake.nextSequence()) : reply);
  } finally {
    key.fill(0);
  }
}

/** Clients read until the end of the connection, so the host closes first (docs/gamestream.md, 5.1). */
function endWith(socket: Socket, reply: Buffer): void {
  const deadline = setTimeout(() => socket.destroy(), linger_ms);
  socket.once('close', () => clearTimeout(deadline));
  socket.end(reply);
}

/** Collects bytes until `parse` makes a request of them; bounded in bytes and time. */
function readRequest(socket: Socket, parse: (bytes: Buffer) => Found | undefined): Promise<Found> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const deadline = new Deadline();
    deadline.set(request_timeout_ms, () => reject(new BadRtsp('the request was not complete in time')));
    socket.once('close', () => {
      deadline.clear();
      reject(new BadRtsp('it ended before the request was complete'));
    });
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        if (bytes.length > max_buffered_bytes)
          throw new BadRtsp(`the request is longer than ${max_request_bytes} bytes`);
        const request = parse(bytes);
        if (!request) return;
        deadline.clear();
        socket.removeAllListeners('data').resume();
        resolve(request);
      } catch (error) {
        deadline.clear();
        reject(error);
      }
    });
  });
}
