// The RTSP conversation of one launch, from OPTIONS to PLAY (docs/gamestream.md, 5.3): requests in, replies out; no sockets.

import { randomBytes } from 'node:crypto';
import { granted_status, PunktfunkError, toPunktfunkError } from '../../errors.ts';
import type { KnownCapabilities } from '../../session/capabilities.ts';
import { movingGamepads } from '../../session/gamepads.ts';
import type { Session } from '../../session/session.ts';
import { equalTexts } from '../pairing-crypto.ts';
import { type PlanSettings, planStream, type SessionMarks } from '../plan.ts';
import { BadRtsp, buildReply, cseqOf, type RtspRequest } from './message.ts';
import { describe, parseAnnounce } from './sdp.ts';

type Header = readonly [string, string];
type Stream = 'audio' | 'video' | 'control';

export interface HandshakeOptions {
  session: Session;
  marks: SessionMarks;
  /** Its requests and replies are encrypted. */
  sealed: boolean;
  settings: PlanSettings;
  capabilities: KnownCapabilities;
}

/** One reply, and why, for the log, when it is a refusal. */
export interface Answered {
  reply: Buffer;
  refusal?: PunktfunkError;
}

export class Handshake {
  readonly session: Session;
  readonly sealed: boolean;
  readonly #options: HandshakeOptions;
  readonly #token = randomBytes(8).toString('hex').toUpperCase();
  readonly #set_up = new Set<Stream>();
  #announced = false;
  #played = false;
  #last_sequence = 0;
  #host_sequence = 0;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.session = options.session;
    this.sealed = options.sealed;
  }

  get key(): Buffer {
    return this.#options.marks.key;
  }

  /** PLAY was answered: the conversation is over. */
  get played(): boolean {
    return this.#played;
  }

  /** False for a sequence number that was seen before: a sealed request is taken once. */
  acceptSequence(sequence: number): boolean {
    if (sequence <= this.#last_sequence) return false;
    this.#last_sequence = sequence;
    return true;
  }

  /** Number for the next sealed reply; never repeated in a session. */
  nextSequence(): number {
    return ++this.#host_sequence;
  }

  async answer(request: RtspRequest, client_address: string): Promise<Answered> {
    const cseq = cseqOf(request);
    const repeated: Header = ['CSeq', cseq ?? '0'];
    try {
      if (cseq === undefined) throw new BadRtsp('a request has no usable CSeq');
      const token = request.headers.get('session');
      if (token !== undefined && !equalTexts(token.split(';')[0]?.trim() ?? '', this.#token))
        throw new PunktfunkError('SESSION_UNKNOWN');
      const { headers = [], body = '' } = await this.#grant(request, client_address);
      return { reply: buildReply(granted_status, [repeated, ...headers], body) };
    } catch (error) {
      const refusal = toPunktfunkError(error);
      return { reply: buildReply(refusal.status.rtsp, [repeated]), refusal };
    }
  }

  async #describe(): Promise<string> {
    const { settings, capabilities } = this.#options;
    return describe(settings.encryption, await capabilities(), { moving_gamepads: movingGamepads(settings) });
  }

  async #grant(request: RtspRequest, client_address: string): Promise<{ headers?: Header[]; body?: string }> {
    const { method, target } = request;
    const outOfOrder = (reason: string) => new PunktfunkError('OUT_OF_ORDER', { method, reason });
    switch (method) {
      case 'OPTIONS':
        return {};
      case 'DESCRIBE':
        return { body: await this.#describe() };
      case 'SETUP': {
        const stream = streamOf(target);
        if (!stream) throw new PunktfunkError('STREAM_UNKNOWN', { target: JSON.stringify(target.slice(0, 64)) });
        this.#set_up.add(stream);
        return { headers: this.#transport(stream) };
      }
      case 'ANNOUNCE':
        if (this.#set_up.size < 3 || this.#announced) throw outOfOrder('came out of order');
        await this.#announce(request, client_address);
        this.#announced = true;
        return {};
      case 'PLAY':
        if (!this.#announced) throw outOfOrder('came before ANNOUNCE');
        this.#played = true;
        return {};
      default:
        throw outOfOrder('is not a request of this protocol');
    }
  }

  async #announce(request: RtspRequest, client_address: string): Promise<void> {
    const wish = parseAnnounce(request.body, request.headers.get('host') ?? '');
    const { settings, marks, capabilities } = this.#options;
    await this.session.start(planStream(wish, settings, marks, await capabilities()), client_address);
  }

  #transport(stream: Stream): Header[] {
    const binding: Header =
      stream === 'control'
        ? ['X-SS-Connect-Data', String(this.#options.marks.connect_data)]
        : ['X-SS-Ping-Payload', this.#options.marks.ping_payload];
    return [
      ['Session', `${this.#token};timeout = 90`],
      ['Transport', `server_port=${this.session.ports[stream]}`],
      binding,
    ];
  }
}

/** `streamid=audio/0/0` → audio: the text between `=` and the first `/` (docs/gamestream.md, 5.3). */
function streamOf(target: string): Stream | undefined {
  const name = /^streamid=([a-z]+)(?:\/|$)/.exec(target)?.[1];
  return name === 'audio' || name === 'video' || name === 'control' ? name : undefined;
}
