// The RTSP of GameStream, client side: one request a TCP connection, the reply read to the end of file, and where the host
// says rtspenc:// every message sealed under the session's key (docs/gamestream.md, 5.1 to 5.3).

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { connect } from 'node:net';
import { ProbeError } from './errors.ts';

const connect_timeout_ms = 10_000;
const read_timeout_ms = 15_000;
const refused_retry_ms = 500;
const max_reply_bytes = 1 << 20;
const frame_header_bytes = 24;
const encrypted_flag = 0x8000_0000;

export type RtspHeader = readonly [name: string, value: string];

export interface RtspReply {
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type Sender = 'client' | 'host';

function nonce(sequence: number, sender: Sender): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(sequence, 0);
  bytes.write(sender === 'client' ? 'CR' : 'HR', 10, 'ascii');
  return bytes;
}

export function sealRtsp(key: Uint8Array, sender: Sender, sequence: number, message: string): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, nonce(sequence, sender));
  const sealed = Buffer.concat([cipher.update(message, 'utf8'), cipher.final()]);
  const header = Buffer.alloc(8);
  header.writeUInt32BE((encrypted_flag | sealed.length) >>> 0, 0);
  header.writeUInt32BE(sequence, 4);
  return Buffer.concat([header, cipher.getAuthTag(), sealed]);
}

export function openRtsp(key: Uint8Array, sender: Sender, wire: Buffer): string {
  if (wire.length < frame_header_bytes) throw new Error('a sealed RTSP message is shorter than its header');
  const word = wire.readUInt32BE(0);
  if (word < encrypted_flag) throw new Error('a reply in clear came where a sealed one must be');
  if (word - encrypted_flag !== wire.length - frame_header_bytes) {
    throw new Error(
      `a sealed RTSP message says ${word - encrypted_flag} bytes and has ${wire.length - frame_header_bytes}`,
    );
  }
  const decipher = createDecipheriv('aes-128-gcm', key, nonce(wire.readUInt32BE(4), sender));
  decipher.setAuthTag(wire.subarray(8, frame_header_bytes));
  try {
    return Buffer.concat([decipher.update(wire.subarray(frame_header_bytes)), decipher.final()]).toString('utf8');
  } catch {
    throw new Error('a sealed RTSP message does not authenticate under the key of this session');
  }
}

// What stock clients accept, and no more: a reason phrase, at least one header, names case-sensitive, one space after the
// colon, no empty value.
export function parseReply(text: string): RtspReply {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('the RTSP reply has no blank line after its headers');
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const match = /^RTSP\/1\.0 (\d{3}) (.+)$/.exec(start);
  if (!match) throw new Error(`the RTSP reply starts with "${start.slice(0, 80)}"`);
  if (lines.length === 0) throw new Error('the RTSP reply has no header');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const header = /^([^\s:]+): (.+)$/.exec(line);
    if (!header?.[1] || !header[2]) throw new Error(`an RTSP header reads "${line.slice(0, 80)}"`);
    headers.set(header[1], header[2]);
  }
  return { status: Number(match[1]), reason: match[2] ?? '', headers, body: text.slice(end + 4) };
}

export interface RtspTarget {
  // Where to connect: the address already in use, never the one in the session URL.
  readonly address: string;
  readonly session_url: string;
  // Says 0.0.0.0 in place of the host: for stereo the only sign of the wanted audio quality (docs/gamestream.md, 5.3).
  readonly low_audio_quality: boolean;
  readonly key: Uint8Array;
}

export class RtspClient {
  readonly encrypted: boolean;
  readonly url: string;
  private readonly port: number;
  private readonly host_header: string;
  private readonly target: RtspTarget;
  private cseq = 0;
  private session: string | undefined;

  constructor(target: RtspTarget) {
    const match = /^(rtsp|rtspenc):\/\/(.+):(\d+)$/.exec(target.session_url);
    const port = Number(match?.[3]);
    if (!match?.[2] || port < 1 || port > 65535) {
      throw new ProbeError(
        'stream_failed',
        `the host's sessionUrl0 is not an RTSP URL with a port: "${target.session_url}"`,
      );
    }
    this.target = target;
    this.encrypted = match[1] === 'rtspenc';
    this.port = port;
    this.host_header = target.low_audio_quality ? '0.0.0.0' : match[2];
    this.url = target.low_audio_quality ? `rtsp://0.0.0.0:${port}` : target.session_url;
  }

  // Sends one request; a status other than 200 is an error, as it is for stock clients.
  async request(verb: string, target: string, headers: readonly RtspHeader[] = [], body = ''): Promise<RtspReply> {
    try {
      const reply = parseReply(await this.exchange(this.compose(verb, target, headers, body)));
      if (reply.status !== 200) throw new Error(`the host answered ${reply.status} ${reply.reason}`);
      if (reply.headers.get('CSeq') !== String(this.cseq)) throw new Error('the reply does not repeat our CSeq');
      const session = reply.headers.get('Session')?.split(';')[0]?.trim();
      if (session) this.session = session;
      return reply;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ProbeError('stream_failed', `RTSP ${verb} ${target}: ${why}`, { cause: error });
    }
  }

  get has_session(): boolean {
    return this.session !== undefined;
  }

  private compose(verb: string, target: string, headers: readonly RtspHeader[], body: string): string {
    this.cseq += 1;
    const all: RtspHeader[] = [
      ['CSeq', String(this.cseq)],
      ['X-GS-ClientVersion', '14'],
      ['Host', this.host_header],
      ...(this.session === undefined ? [] : [['Session', this.session] as const]),
      ...headers,
    ];
    if (body !== '') all.push(['Content-length', String(Buffer.byteLength(body))]);
    const lines = all.map(([name, value]) => `${name}: ${value}\r\n`);
    return `${verb} ${target} RTSP/1.0\r\n${lines.join('')}\r\n${body}`;
  }

  private async exchange(request: string): Promise<string> {
    const { key } = this.target;
    const wire = this.encrypted ? sealRtsp(key, 'client', this.cseq, request) : Buffer.from(request, 'utf8');
    const reply = await this.sendPatiently(wire);
    if (reply.length === 0) throw new Error('the host closed the connection without a reply');
    return this.encrypted ? openRtsp(key, 'host', reply) : reply.toString('utf8');
  }

  // A host may open its RTSP port a moment after it answered /launch: refusals are tried again within the time to connect.
  private async sendPatiently(wire: Buffer): Promise<Buffer> {
    const deadline = performance.now() + connect_timeout_ms;
    for (;;) {
      try {
        return await sendAndReadToEnd(this.target.address, this.port, wire);
      } catch (error) {
        const refused = (error as { code?: unknown }).code === 'ECONNREFUSED';
        if (!refused || performance.now() + refused_retry_ms > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, refused_retry_ms));
      }
    }
  }
}

function sendAndReadToEnd(address: string, port: number, wire: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true });
    const pieces: Buffer[] = [];
    let bytes = 0;
    const give = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const tooSlow = (): void => give(new Error('the host neither answered in time nor closed the connection'));
    let timer = setTimeout(tooSlow, connect_timeout_ms);
    const rearm = (): void => {
      clearTimeout(timer);
      timer = setTimeout(tooSlow, read_timeout_ms);
    };
    socket.on('connect', () => {
      rearm();
      socket.write(wire);
    });
    socket.on('data', (piece) => {
      rearm();
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > max_reply_bytes) give(new Error(`the reply is longer than ${max_reply_bytes} bytes`));
    });
    socket.on('end', () => resolve(Buffer.concat(pieces)));
    socket.on('error', give);
    socket.on('close', () => clearTimeout(timer));
  });
}
