// The RTSP conversation of one launch, from OPTIONS to PLAY (docs/gamestream.md, 5.3): requests in, replies out; no sockets.

import { randomBytes } from 'node:crypto';
import { toPunktfunkError } from '../../errors.ts';
import type { KnownCapabilities } from '../../session/capabilities.ts';
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

/** One reply, and the sentence for the log when it is a refusal. */
export interface Answered {
  reply: Buffer;
  refusal?: string;
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
    if (cseq === undefined) return { reply: buildReply(400, [['CSeq', '0']]), refusal: 'a request has no usable CSeq' };
    const refuse = (status: number, refusal: string): Answered => ({
      reply: buildReply(status, [['CSeq', cseq]]),
      refusal,
    });
    const accept = (headers: Header[] = [], body = ''): Answered => ({
      reply: buildReply(200, [['CSeq', cseq], ...headers], body),
    });
    const token = request.headers.get('session');
    if (token !== undefined && !equalTexts(token.split(';')[0]?.trim() ?? '', this.#token))
      return refuse(454, 'a request names another session');

    switch (request.method) {
      case 'OPTIONS':
        return accept();
      case 'DESCRIBE':
        return accept([], describe(this.#options.settings.encryption, await this.#options.capabilities()));
      case 'SETUP': {
        const stream = streamOf(request.target);
        if (!stream)
          return refuse(404, `a request sets up ${JSON.stringify(request.target.slice(0, 64))}, which is no stream`);
        this.#set_up.add(stream);
        return accept(this.#transport(stream));
      }
      case 'ANNOUNCE':
        if (this.#set_up.size < 3 || this.#announced) return refuse(455, 'ANNOUNCE came out of order');
        try {
          await this.#announce(request, client_address);
        } catch (error) {
          if (error instanceof BadRtsp) return refuse(400, error.message);
          const { status, advice } = toPunktfunkError(error);
          return refuse(status.rtsp, advice);
        }
        this.#announced = true;
        return accept();
      case 'PLAY':
        if (!this.#announced) return refuse(455, 'PLAY came before ANNOUNCE');
        this.#played = true;
        return accept();
      default:
        return refuse(455, `${request.method} is not a request of this protocol`);
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
