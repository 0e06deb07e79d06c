// A small GameStream host for the probe's own tests: HTTP and HTTPS only, pairing from the host's side, and switches for
// what real hosts do wrong. It streams nothing: its session URL points to a closed port.

import { createHash, createSign, createVerify, randomBytes, X509Certificate } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificateSignature } from './der.ts';
import { generateIdentity } from './identity.ts';
import { aesEcb, pairingKey } from './pairing.ts';

interface Pending {
  readonly key: Buffer;
  readonly client: X509Certificate;
  readonly secret: Buffer;
  readonly challenge: Buffer;
  client_hash: Buffer;
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const hex = (text: string | null): Buffer => Buffer.from(text ?? '', 'hex');

export class TestHost {
  // What the person at the host types; each pairing waits for it.
  pin: Promise<string> = Promise.resolve('1234');
  // The host's identity, changed by a set-up from scratch.
  identity = generateIdentity();
  running = 0;
  readonly paired: Buffer[] = [];
  readonly requests: string[] = [];
  // Answers in place of the usual ones, by path.
  readonly answers = new Map<string, string>();
  private pending: Pending | undefined;
  private readonly http: Server;
  private https: Server;

  private constructor() {
    this.http = createServer(this.handler(false));
    this.https = this.secureServer();
  }

  static async start(): Promise<TestHost> {
    const host = new TestHost();
    await listen(host.http);
    await listen(host.https);
    return host;
  }

  get port(): number {
    return portOf(this.http);
  }

  // A new identity, as after a set-up from scratch; the clients are forgotten.
  async setUpAnew(): Promise<void> {
    this.identity = generateIdentity();
    this.paired.length = 0;
    await close(this.https);
    this.https = this.secureServer();
    await listen(this.https);
  }

  async stop(): Promise<void> {
    await Promise.all([close(this.http), close(this.https)]);
  }

  private secureServer(): Server {
    const options = { key: this.identity.key_pem, cert: this.identity.cert_pem, requestCert: true };
    return createSecureServer({ ...options, rejectUnauthorized: false }, this.handler(true));
  }

  private handler(secure: boolean): RequestListener {
    return async (request, response) => {
      const url = new URL(request.url ?? '', 'http://host');
      this.requests.push(`${secure ? 'https' : 'http'} ${url.pathname}`);
      const certificate = secure ? (request.socket as TLSSocket).getPeerX509Certificate()?.raw : undefined;
      const known = certificate !== undefined && this.paired.some((one) => one.equals(certificate));
      const reply = this.answers.get(url.pathname) ?? (await this.reply(url, secure, known));
      response.end(reply);
    };
  }

  private async reply(url: URL, secure: boolean, known: boolean): Promise<string> {
    if (secure && !known) return `<root status_code="401" status_message="The client is not authorized."/>`;
    const ok = (inside: string): string => `<?xml version="1.0"?>\n<root status_code="200">${inside}</root>`;
    switch (url.pathname) {
      case '/serverinfo':
        return ok(
          `<hostname>test &amp; host</hostname><appversion>7.1.431.-1</appversion><GfeVersion>3.23.0.74</GfeVersion>` +
            `<uniqueid>the-test-host</uniqueid><HttpsPort>${portOf(this.https)}</HttpsPort><PairStatus>${known ? 1 : 0}</PairStatus>` +
            `<ServerCodecModeSupport>1</ServerCodecModeSupport><currentgame>${this.running}</currentgame>` +
            `<state>TEST_SERVER_${this.running ? 'BUSY' : 'FREE'}</state>`,
        );
      case '/pair':
        return ok(await this.pair(url.searchParams));
      case '/unpair':
        this.pending = undefined;
        return ok('');
      case '/applist':
        return ok(
          '<App><AppTitle>Steam</AppTitle><ID>7</ID></App><App><AppTitle>Desktop</AppTitle><ID>881448767</ID></App>',
        );
      case '/launch':
      case '/resume':
        this.running = Number(url.searchParams.get('appid'));
        return ok(
          `<sessionUrl0>rtsp://127.0.0.1:1</sessionUrl0><${url.pathname === '/launch' ? 'gamesession>1</gamesession' : 'resume>1</resume'}>`,
        );
      case '/cancel':
        this.running = 0;
        return ok('<cancel>1</cancel>');
      default:
        return '<root status_code="404" status_message="not found"/>';
    }
  }

  private async pair(query: URLSearchParams): Promise<string> {
    const own = new X509Certificate(this.identity.cert_pem);
    const refuse = '<paired>0</paired>';
    if (query.get('phrase') === 'getservercert') {
      this.pending = {
        key: pairingKey(hex(query.get('salt')), await this.pin),
        client: new X509Certificate(hex(query.get('clientcert'))),
        secret: randomBytes(16),
        challenge: randomBytes(16),
        client_hash: Buffer.alloc(0),
      };
      return `<paired>1</paired><plaincert>${Buffer.from(`${this.identity.cert_pem}\n`).toString('hex').toUpperCase()}</plaincert>`;
    }
    if (query.get('phrase') === 'pairchallenge') return '<paired>1</paired>';
    const { pending } = this;
    if (!pending) return refuse;
    if (query.has('clientchallenge')) {
      const challenge = aesEcb(pending.key, hex(query.get('clientchallenge')), 'decrypt');
      const hash = sha256(challenge, certificateSignature(own.raw), pending.secret);
      const response = aesEcb(pending.key, Buffer.concat([hash, pending.challenge]), 'encrypt');
      return `<paired>1</paired><challengeresponse>${response.toString('hex')}</challengeresponse>`;
    }
    if (query.has('serverchallengeresp')) {
      pending.client_hash = aesEcb(pending.key, hex(query.get('serverchallengeresp')), 'decrypt');
      const signature = createSign('sha256').update(pending.secret).sign(this.identity.key_pem);
      const secret = Buffer.concat([pending.secret, signature]).toString('hex');
      return `<paired>1</paired><pairingsecret>${secret}</pairingsecret>`;
    }
    const revealed = hex(query.get('clientpairingsecret'));
    const secret = revealed.subarray(0, 16);
    const hash = sha256(pending.challenge, certificateSignature(pending.client.raw), secret);
    const signed = createVerify('sha256').update(secret).verify(pending.client.publicKey, revealed.subarray(16));
    if (!signed || !hash.equals(pending.client_hash)) return refuse;
    this.paired.push(pending.client.raw);
    return '<paired>1</paired>';
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listen = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
