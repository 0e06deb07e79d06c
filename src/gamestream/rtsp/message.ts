// RTSP as GameStream uses it: one request, one reply, then the connection ends (docs/gamestream.md, 5.1). Pure and bounded.

import { STATUS_CODES } from 'node:http';
import { PunktfunkError } from '../../errors.ts';

export const max_request_bytes = 16 * 1024; // an ANNOUNCE is about 1.8 KB (docs/gamestream.md, 5.1)
const max_headers = 32;

export interface RtspRequest {
  method: string;
  target: string;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** What can never become a request, or one that can be answered; the message says why, for the log. */
export class BadRtsp extends PunktfunkError {
  constructor(reason: string) {
    super('BAD_REQUEST', { reason });
  }
}

/** The request at the start of `bytes`; undefined while it is not whole. Throws BadRtsp as soon as it cannot become one. */
export function parseRequest(bytes: Buffer): RtspRequest | undefined {
  const head_end = bytes.indexOf('\r\n\r\n');
  if (head_end < 0) {
    if (bytes.length > max_request_bytes) throw new BadRtsp(`the head is longer than ${max_request_bytes} bytes`);
    return undefined;
  }
  const [startLine = '', ...headerLines] = bytes.toString('latin1', 0, head_end).split('\r\n');
  const start = /^([A-Z]{1,16}) (\S{1,1024}) RTSP\/1\.0$/.exec(startLine);
  if (!start) throw new BadRtsp('the first line is not an RTSP request');
  if (headerLines.length > max_headers) throw new BadRtsp(`there are more than ${max_headers} headers`);
  const headers = new Map<string, string>();
  for (const line of headerLines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new BadRtsp('a header has no name');
    const name = line.slice(0, colon).toLowerCase();
    if (headers.has(name)) throw new BadRtsp(`the header ${JSON.stringify(name.slice(0, 32))} comes twice`);
    headers.set(name, line.slice(colon + 1).trim());
  }
  const length = headers.get('content-length') ?? '0';
  if (!/^\d{1,5}$/.test(length)) throw new BadRtsp('Content-length is not a number');
  const body_start = head_end + 4;
  const end = body_start + Number(length);
  if (end > max_request_bytes) throw new BadRtsp(`the request is longer than ${max_request_bytes} bytes`);
  if (bytes.length < end) return undefined;
  if (bytes.length > end) throw new BadRtsp('something follows the request');
  return {
    method: start[1] as string,
    target: start[2] as string,
    headers,
    body: bytes.toString('utf8', body_start, end),
  };
}

/** The number that a reply repeats; undefined when the request has none that can be repeated. */
export function cseqOf(request: RtspRequest): string | undefined {
  const text = request.headers.get('cseq');
  return text !== undefined && /^\d{1,10}$/.test(text) ? text : undefined;
}

/**
 * A reply. The client's parser wants a reason (any: it reads the number), header names in their usual case, one space after the colon and
 * no empty value (docs/gamestream.md, 5.1).
 */
export function buildReply(status: number, headers: readonly (readonly [string, string])[], body = ''): Buffer {
  const lines = [
    `RTSP/1.0 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'utf8');
}
