// The RTSP conversations that are open: one a session, from its launch to its PLAY. Each request finds its own: a sealed one by the key
// that opens it, a clear one, which proves nothing, by the address that its launch came from.

import { randomBytes, randomInt } from 'node:crypto';
import { PunktfunkError } from '../../errors.ts';
import type { KnownCapabilities } from '../../session/capabilities.ts';
import type { Session } from '../../session/session.ts';
import type { PlanSettings } from '../plan.ts';
import { Handshake } from './handshake.ts';
import { BadRtsp, parseRequest, type RtspRequest } from './message.ts';
import { frameLength, isSealed, type OpenedFrame, openFrame } from './sealing.ts';

/** A whole request and whose it is. */
export interface Found {
  request: RtspRequest;
  handshake: Handshake;
}

export class Conversations {
  readonly #settings: PlanSettings;
  readonly #capabilities: KnownCapabilities;
  readonly #open = new Set<Handshake>();

  constructor(settings: PlanSettings, capabilities: KnownCapabilities) {
    this.#settings = settings;
    this.#capabilities = capabilities;
  }

  /**
   * Opens the conversation of a session that was just launched. Throws STREAM_REFUSED, after the session's end, for a client that speaks in
   * the clear while another of its address does: nothing would tell them apart.
   */
  async open(session: Session, launch: { key: Buffer; rikey_id: number; encrypted_rtsp: boolean }): Promise<void> {
    const { client_address } = session.launch;
    if (!launch.encrypted_rtsp && this.#clearOf(client_address)) {
      const reason = 'another client at its address is about to stream';
      await session.end(reason, 'none');
      throw new PunktfunkError('STREAM_REFUSED', { reason });
    }
    const { key, rikey_id, encrypted_rtsp } = launch;
    const marks = {
      key,
      rikey_id,
      ping_payload: randomBytes(8).toString('hex').toUpperCase(),
      connect_data: randomInt(1, 0x1_0000_0000),
    };
    const handshake = new Handshake({
      session,
      marks,
      sealed: encrypted_rtsp,
      settings: this.#settings,
      capabilities: this.#capabilities,
    });
    this.#open.add(handshake);
    void session.ended.then(() => {
      this.#open.delete(handshake);
      key.fill(0);
    });
  }

  /** Why nobody at `address` is listened to now, as the end of a sentence; undefined when somebody may be. */
  closedTo(address: string): string | undefined {
    const waiting = this.#waiting();
    if (waiting.length === 0) return 'no launch is waiting';
    // A clear request proves nothing, so it must at least come from where the launch came from. A sealed one proves that it knows the key.
    const may = waiting.some(({ sealed }) => sealed) || this.#clearOf(address) !== undefined;
    return may ? undefined : 'it is not the client that launched';
  }

  /** A clear request from `address` would be answered. */
  hasClear(address: string): boolean {
    return this.#clearOf(address) !== undefined;
  }

  /** The request that `bytes` begin with, of whom it is; undefined while it is not whole. Throws BadRtsp. */
  find(bytes: Buffer, address: string): Found | undefined {
    const clear = this.#clearOf(address);
    if (clear && !isSealed(bytes)) {
      const request = parseRequest(bytes);
      return request && { request, handshake: clear };
    }
    const length = frameLength(bytes);
    if (length === undefined || bytes.length < length) return undefined;
    for (const handshake of this.#waiting().filter(({ sealed }) => sealed)) {
      const frame = opened(bytes, handshake.key);
      if (!frame) continue;
      if (!handshake.acceptSequence(frame.sequence)) throw new BadRtsp('the message was sent before');
      const request = parseRequest(frame.plaintext);
      if (!request) throw new BadRtsp('the encrypted message is not a whole request');
      return { request, handshake };
    }
    throw new BadRtsp('the message was not encrypted with the key of this session');
  }

  #waiting(): Handshake[] {
    return [...this.#open].filter(({ session, played }) => session.phase !== 'ended' && !played);
  }

  #clearOf(address: string): Handshake | undefined {
    return this.#waiting().find(({ sealed, session }) => !sealed && session.launch.client_address === address);
  }
}

/** Undefined when another key has sealed this frame, whose length is right. */
function opened(frame: Buffer, key: Buffer): OpenedFrame | undefined {
  try {
    return openFrame(frame, key);
  } catch (error) {
    if (error instanceof BadRtsp) return undefined;
    throw error;
  }
}
