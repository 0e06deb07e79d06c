// A small GameStream client for the host's own tests: HTTP, pairing and RTSP, no media. The real one is in harness/probe.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { connect } from 'node:net';
import { Agent, request } from 'undici';
import { certificateSignature, makeCertificate } from '../trust/certificate.ts';
import { openFrame, sealFrame } from './rtsp/sealing.ts';

const hour_ms = 3_600_000;

export class TestClient {
  readonly key_pem: string;
  readonly certificate_pem: string;
  readonly unique_id: string;
  readonly base_port: number;
  readonly #agent: Agent;

  constructor(base_port: number, unique_id = '0123456789ABCDEF') {
    this.base_port = base_port;
    this.unique_id = unique_id;
    this.key_pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    // Dates in the past: devices without a clock make such certificates, and the host does not look.
    const past = Date.now() - 1000 * hour_ms;
    this.certificate_pem = makeCertificate(
      this.key_pem,
      'NVIDIA GameStream Client',
      new Date(past),
      new Date(past + hour_ms),
    );
    this.#agent = new Agent({ connect: { key: this.key_pem, cert: this.certificate_pem, rejectUnauthorized: false } });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /** GET over HTTP. */
  http(path: string, parameters: Record<string, string> = {}): Promise<string> {
    return this.#get(`http://127.0.0.1:${this.base_port}`, path, parameters);
  }

  /** GET over HTTPS with the client's certificate. */
  https(path: string, parameters: Record<string, string> = {}): Promise<string> {
    return this.#get(`https://127.0.0.1:${this.base_port - 5}`, path, parameters);
  }

  async bytes(path: string, parameters: Record<string, string>): Promise<Buffer> {
    const query = new URLSearchParams({ uniqueid: this.unique_id, ...parameters });
    const response = await request(`https://127.0.0.1:${this.base_port - 5}${path}?${query}`, {
      dispatcher: this.#agent,
    });
    return Buffer.from(await response.body.arrayBuffer());
  }

  async #get(origin: string, path: string, parameters: Record<string, string>): Promise<string> {
    const query = new URLSearchParams({
      uniqueid: this.unique_id,
      uuid: randomBytes(8).toString('hex'),
      ...parameters,
    });
    const response = await request(`${origin}${path}?${query}`, { dispatcher: this.#agent });
    return response.body.text();
  }

  /**
   * All five steps. `pin` is what this client shows; whoever drives the host types what it likes. Returns what went wrong at this end, or
   * `paired`. Step by step as docs/gamestream.md, 3.2, written from it and not from the host's code.
   */
  async pair(pin: string): Promise<'paired' | 'refused' | 'wrong_pin' | 'mitm' | 'not_finished'> {
    const salt = randomBytes(16);
    const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
    const key = sha256(salt, Buffer.from(pin)).subarray(0, 16);
    const seal = (bytes: Buffer) =>
      createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(bytes).toString('hex');
    const open = (text: string) =>
      createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(Buffer.from(text, 'hex'));
    const step = (parameters: Record<string, string>) =>
      this.http('/pair', { devicename: 'roth', updateState: '1', ...parameters });

    const first = await step({
      phrase: 'getservercert',
      salt: salt.toString('hex'),
      clientcert: Buffer.from(this.certificate_pem).toString('hex'),
    });
    const plaincert = textOf(first, 'plaincert');
    if (textOf(first, 'paired') !== '1' || !plaincert) return 'refused';
    const host = new X509Certificate(Buffer.from(plaincert, 'hex'));

    const challenge = randomBytes(16);
    const second = await step({ clientchallenge: seal(challenge) });
    if (textOf(second, 'paired') !== '1') return 'refused';
    const answer = open(textOf(second, 'challengeresponse') ?? '');

    const secret = randomBytes(16);
    const ours = certificateSignature(new X509Certificate(this.certificate_pem));
    const third = await step({ serverchallengeresp: seal(sha256(answer.subarray(32), ours, secret)) });
    if (textOf(third, 'paired') !== '1') return 'refused';
    const host_secret = Buffer.from(textOf(third, 'pairingsecret') ?? '', 'hex');
    const { verify } = await import('node:crypto');
    if (!verify('sha256', host_secret.subarray(0, 16), host.publicKey, host_secret.subarray(16))) return 'mitm';
    const expected = sha256(challenge, certificateSignature(host), host_secret.subarray(0, 16));
    if (!expected.equals(answer.subarray(0, 32))) {
      await this.http('/unpair');
      return 'wrong_pin';
    }
    const fourth = await step({
      clientpairingsecret: Buffer.concat([secret, sign('sha256', secret, this.key_pem)]).toString('hex'),
    });
    if (textOf(fourth, 'paired') !== '1') return 'refused';
    const fifth = await this.https('/pair', { phrase: 'pairchallenge', devicename: 'roth', updateState: '1' });
    return textOf(fifth, 'paired') === '1' ? 'paired' : 'not_finished';
  }
}

/** Text of the first element `name`. */
export function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

/** Value of the root element's attribute. */
export function attributeOf(xml: string, name: string): string | undefined {
  return new RegExp(`<root[^>]* ${name}="([^"]*)"`).exec(xml)?.[1];
}

/** One RTSP request on a connection of its own; resolves with the reply at end of file, empty when the host just closed. */
export function rtspRequest(port: number, text: string, key?: Buffer, sequence = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(key ? sealFrame(Buffer.from(text, 'latin1'), key, sequence, 'client') : Buffer.from(text, 'latin1'));
    });
    socket.setTimeout(120_000, () => socket.destroy(new Error('the host did not close')));
    socket.on('data', (part) => parts.push(part));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve('') : reject(error)));
    socket.on('close', () => {
      const bytes = Buffer.concat(parts);
      if (!key || bytes.length === 0) resolve(bytes.toString('latin1'));
      else resolve(openFrame(bytes, key, 'host').plaintext.toString('latin1'));
    });
  });
}
