// Requests to a host: HTTP for anyone, HTTPS with our certificate and the host's pinned one. One connection a request:
// hosts close as they please, and some do so without saying it (docs/gamestream.md, 2.1).

import { randomUUID, X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { buildConnector, Client } from 'undici';
import { ProbeError } from './errors.ts';
import type { ClientIdentity } from './identity.ts';
import { HostReply } from './reply.ts';

// The identifier that most stock clients send, all the same one (docs/gamestream.md, 3.3).
const common_unique_id = '0123456789ABCDEF';
const default_timeout_ms = 5_000;
const connect_timeout_ms = 3_000;
const max_reply_bytes = 1 << 20;

export type Query = Record<string, string | number>;

export interface HttpsCredentials {
  readonly identity: ClientIdentity;
  readonly host_cert_pem: string;
}

// The HTTPS port answered with another certificate than the pinned one: the host was set up anew, or it is not the host.
export class CertificateMismatch extends ProbeError {
  constructor(host: string) {
    super('not_paired', `${host} shows another certificate than the one it was paired with; pair again`);
  }
}

export class HostHttp {
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number) {
    this.host = host;
    this.port = port;
  }

  get(path: string, query: Query, timeout_ms = default_timeout_ms): Promise<HostReply> {
    const client = new Client(this.origin('http', this.port), { connect: { timeout: connect_timeout_ms } });
    return this.request(client, this.port, path, query, timeout_ms);
  }

  getSecure(
    port: number,
    credentials: HttpsCredentials,
    path: string,
    query: Query,
    timeout_ms = default_timeout_ms,
  ): Promise<HostReply> {
    return this.request(this.secureClient(port, credentials), port, path, query, timeout_ms);
  }

  // For requests that are not GameStream's.
  secureClient(port: number, credentials: HttpsCredentials): Client {
    return new Client(this.origin('https', port), { connect: this.pinned(credentials) });
  }

  // Neither dates nor chains count, only the exact certificate (docs/gamestream.md, 3.6).
  private pinned(credentials: HttpsCredentials): buildConnector.connector {
    const expected = new X509Certificate(credentials.host_cert_pem).raw;
    const connect = buildConnector({
      key: credentials.identity.key_pem,
      cert: credentials.identity.cert_pem,
      rejectUnauthorized: false,
      timeout: connect_timeout_ms,
    });
    return (options, callback) => {
      connect(options, (error, socket) => {
        if (error !== null) return callback(error, null);
        const shown = (socket as TLSSocket).getPeerX509Certificate();
        if (shown?.raw.equals(expected)) return callback(null, socket);
        socket.destroy();
        callback(new CertificateMismatch(this.host), null);
      });
    };
  }

  private async request(
    client: Client,
    port: number,
    path: string,
    query: Query,
    timeout_ms: number,
  ): Promise<HostReply> {
    const parameters = Object.entries({ uniqueid: common_unique_id, uuid: randomUUID(), ...query });
    const target = `${path}?${parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
    try {
      const response = await client.request({
        method: 'GET',
        path: target,
        headersTimeout: timeout_ms,
        bodyTimeout: timeout_ms,
      });
      let body = '';
      response.body.setEncoding('utf8');
      for await (const piece of response.body as AsyncIterable<string>) {
        body += piece;
        if (body.length > max_reply_bytes) throw new Error(`its answer is longer than ${max_reply_bytes} bytes`);
      }
      if (body === '') throw new Error(`it answered HTTP status ${response.statusCode} and nothing else`);
      return new HostReply(body);
    } catch (error) {
      if (error instanceof ProbeError) throw error;
      throw new ProbeError('unreachable', `${this.host} port ${port}, ${path}: ${explain(error)}`, { cause: error });
    } finally {
      client.destroy().catch(() => undefined);
    }
  }

  private origin(scheme: string, port: number): string {
    return `${scheme}://${isIPv6(this.host) ? `[${this.host}]` : this.host}:${port}`;
  }
}

const explanations: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there; is the host running, and is this its port?',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name cannot be resolved now',
  EHOSTUNREACH: 'there is no way to that address',
  ENETUNREACH: 'there is no way to that network',
  ECONNRESET: 'the host closed the connection without an answer',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer did not come to its end in time',
  UND_ERR_SOCKET: 'the host closed the connection without an answer',
};

function explain(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && Object.hasOwn(explanations, code)) return `${explanations[code]} (${code})`;
  return error instanceof Error ? error.message : String(error);
}
