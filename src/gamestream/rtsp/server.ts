// RTSP over TCP: one request a connection, answered and closed (GameStream note 5.1). Open only while a launch waits for its stream.

import { createServer, type Server, type Socket } from 'node:net';
import { Deadline } from '../../deadline.ts';
import type { Logger } from '../../log.ts';
import type { Sessions } from '../../session/sessions.ts';
import { boundConnections, plainAddress } from '../connections.ts';
import type { Strangers } from '../strangers.ts';
import { Handshake, type HandshakeOptions } from './handshake.ts';
import { BadRtsp, buildReply, max_request_bytes, parseRequest, type RtspRequest } from './message.ts';
import { frameLength, openFrame, sealFrame } from './sealing.ts';

const request_timeout_ms = 10_000; // from connect to the last byte of the request
const linger_ms = 2_000; // for the client to close its side after our reply
const max_buffered_bytes = max_request_bytes + 24;

export interface RtspOptions extends Pick<HandshakeOptions, 'ports' | 'encryption'> {
  sessions: Sessions;
  strangers: Strangers;
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
      const fields = { event: 'rtsp_refused', address, reason };
      options.strangers.counts.requests_refused++;
      options.strangers.say(conversation ? 'info' : 'debug', fields, `${address}: RTSP connection closed: ${reason}`);
      socket.destroy();
    };
    if (!conversation) {
      refuse('no launch is waiting');
      return;
    }
    const { launch } = conversation.session;
    // A clear request proves nothing, so it must at least come from where the launch came from. A sealed one proves that it knows the key.
    if (!launch.encrypted_rtsp && address !== launch.client_address) {
      refuse('it is not the client that launched');
      return;
    }
    void converse(socket, conversation, address, options).catch((error: unknown) => {
      refuse(error instanceof BadRtsp ? error.message : String(error));
    });
  });
  return { server, endConnections: boundConnections(server, options.strangers) };
}

async function converse(
  socket: Socket,
  conversation: Handshake,
  address: string,
  { log, strangers }: Pick<RtspOptions, 'log' | 'strangers'>,
): Promise<void> {
  const { session } = conversation;
  const { encrypted_rtsp } = session.launch;
  // The session wipes its own when it ends; the refusal of an ANNOUNCE that ended it is sealed with this one.
  const key = Buffer.from(session.launch.key);
  try {
    let request: RtspRequest;
    try {
      request = await readRequest(
        socket,
        encrypted_rtsp ? (bytes) => openRequest(bytes, conversation, key) : parseRequest,
      );
      // Judged now and not when it connected.
      if (session.phase === 'ended' || conversation.played) throw new BadRtsp('the conversation is over');
    } catch (error) {
      // A clear request is told that it is bad; a sealed one proves nothing when it cannot be opened, so the connection just ends.
      if (!(error instanceof BadRtsp) || encrypted_rtsp) throw error;
      const fields = { event: 'rtsp_refused', address, reason: error.message };
      strangers.say('info', fields, `${address}: RTSP request refused: ${error.message}`);
      endWith(socket, buildReply(400, [['CSeq', '0']]));
      return;
    }
    const { reply, refusal } = await conversation.answer(request, address);
    if (refusal !== undefined) {
      const fields = { event: 'rtsp_refused', address, method: request.method };
      const sentence = `${address}: ${request.method} refused: ${refusal}`;
      // A sealed request is the client's own; a clear one is anybody's at its address.
      if (encrypted_rtsp) log.warn(fields, sentence);
      else strangers.say('warn', fields, sentence);
    }
    endWith(socket, encrypted_rtsp ? sealFrame(reply, key, conversation.nextSequence()) : reply);
  } finally {
    key.fill(0);
  }
}

/** Clients read until the end of the connection, so the host closes first (GameStream note 5.1). */
function endWith(socket: Socket, reply: Buffer): void {
  const deadline = setTimeout(() => socket.destroy(), linger_ms);
  socket.once('close', () => clearTimeout(deadline));
  socket.end(reply);
}

function openRequest(bytes: Buffer, conversation: Handshake, key: Buffer): RtspRequest | undefined {
  const length = frameLength(bytes);
  if (length === undefined || bytes.length < length) return undefined;
  const { sequence, plaintext } = openFrame(bytes, key);
  if (!conversation.acceptSequence(sequence)) throw new BadRtsp('the message was sent before');
  const request = parseRequest(plaintext);
  if (!request) throw new BadRtsp('the encrypted message is not a whole request');
  return request;
}

/** Collects bytes until `parse` makes a request of them; bounded in bytes and time. */
function readRequest(socket: Socket, parse: (bytes: Buffer) => RtspRequest | undefined): Promise<RtspRequest> {
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
