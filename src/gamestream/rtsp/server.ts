// RTSP over TCP: one request a connection, answered and closed (GameStream note 5.1). Open only while a launch waits for its stream.

import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../../log.ts';
import type { Sessions } from '../../session/sessions.ts';
import { boundConnections, plainAddress } from '../connections.ts';
import { Handshake, type HandshakeOptions } from './handshake.ts';
import { BadRtsp, buildReply, max_request_bytes, parseRequest, type RtspRequest } from './message.ts';
import { frameLength, openFrame, sealFrame } from './sealing.ts';

const request_timeout_ms = 10_000; // from connect to the last byte of the request
const linger_ms = 2_000; // for the client to close its side after our reply
const max_buffered_bytes = max_request_bytes + 24;

export interface RtspOptions extends Pick<HandshakeOptions, 'ports' | 'encryption'> {
  sessions: Sessions;
  log: Logger;
}

/** The server, not listening yet, and what ends its open connections. */
export function createRtspServer(options: RtspOptions): { server: Server; endConnections: () => void } {
  let handshake: Handshake | undefined;

  /** The conversation of the launch that waits now; undefined when none does. */
  const current = (): Handshake | undefined => {
    const session = options.sessions.current;
    if (!session || session.phase === 'ended') return undefined;
    if (handshake?.session !== session) handshake = new Handshake({ ...options, session });
    return handshake.played ? undefined : handshake;
  };

  const server = createServer((socket) => {
    const address = plainAddress(socket.remoteAddress);
    const conversation = current();
    socket.on('error', () => socket.destroy());
    const refuse = (reason: string) => {
      options.log.info({ event: 'rtsp_refused', address, reason }, `${address}: RTSP connection closed: ${reason}`);
      socket.destroy();
    };
    if (!conversation) {
      // Anyone can cause this line, as often as he likes.
      options.log.debug({ event: 'rtsp_refused', address }, `${address}: RTSP connection closed: no launch is waiting`);
      socket.destroy();
      return;
    }
    const { launch } = conversation.session;
    // A clear request proves nothing, so it must at least come from where the launch came from. A sealed one proves that it knows the key.
    if (!launch.encrypted_rtsp && address !== launch.client_address) {
      refuse('it is not the client that launched');
      return;
    }
    void converse(socket, conversation, address, options.log).catch((error: unknown) => {
      refuse(error instanceof BadRtsp ? error.message : String(error));
    });
  });
  return { server, endConnections: boundConnections(server) };
}

async function converse(socket: Socket, conversation: Handshake, address: string, log: Logger): Promise<void> {
  const { encrypted_rtsp } = conversation.session.launch;
  const key = Buffer.from(conversation.session.launch.key); // the session wipes its own when ANNOUNCE fails
  let request: RtspRequest;
  try {
    request = await readRequest(socket, encrypted_rtsp ? (bytes) => openRequest(bytes, conversation) : parseRequest);
  } catch (error) {
    // A clear request is told that it is bad; a sealed one proves nothing when it cannot be opened, so the connection just ends.
    if (!(error instanceof BadRtsp) || encrypted_rtsp) throw error;
    log.info(
      { event: 'rtsp_refused', address, reason: error.message },
      `${address}: RTSP request refused: ${error.message}`,
    );
    endWith(socket, buildReply(400, [['CSeq', '0']]));
    return;
  }
  const { reply, refusal } = await conversation.answer(request, address);
  if (refusal !== undefined) {
    log.warn(
      { event: 'rtsp_refused', address, method: request.method },
      `${address}: ${request.method} refused: ${refusal}`,
    );
  }
  endWith(socket, encrypted_rtsp ? sealFrame(reply, key, conversation.nextSequence()) : reply);
}

/** Clients read until the end of the connection, so the host closes first (GameStream note 5.1). */
function endWith(socket: Socket, reply: Buffer): void {
  const deadline = setTimeout(() => socket.destroy(), linger_ms);
  socket.once('close', () => clearTimeout(deadline));
  socket.end(reply);
}

function openRequest(bytes: Buffer, conversation: Handshake): RtspRequest | undefined {
  const length = frameLength(bytes);
  if (length === undefined || bytes.length < length) return undefined;
  const { sequence, plaintext } = openFrame(bytes, conversation.session.launch.key);
  if (!conversation.acceptSequence(sequence)) throw new BadRtsp('the message was sent before');
  const request = parseRequest(plaintext);
  if (!request) throw new BadRtsp('the encrypted message is not a whole request');
  return request;
}

/** Collects bytes until `parse` makes a request of them; bounded in bytes and time. */
function readRequest(socket: Socket, parse: (bytes: Buffer) => RtspRequest | undefined): Promise<RtspRequest> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const deadline = setTimeout(() => reject(new BadRtsp('the request was not complete in time')), request_timeout_ms);
    socket.once('close', () => {
      clearTimeout(deadline);
      reject(new BadRtsp('it ended before the request was complete'));
    });
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        if (bytes.length > max_buffered_bytes)
          throw new BadRtsp(`the request is longer than ${max_request_bytes} bytes`);
        const request = parse(bytes);
        if (!request) return;
        clearTimeout(deadline);
        socket.removeAllListeners('data').resume();
        resolve(request);
      } catch (error) {
        clearTimeout(deadline);
        reject(error);
      }
    });
  });
}
