// The client's side of GameStream pairing (docs/gamestream.md, 3.2): five requests bound by a PIN, after which each side holds the
// other's certificate. Exchange holds the arithmetic and refuses every step out of order; pair() carries it over HTTP.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createSign,
  createVerify,
  randomBytes,
  timingSafeEqual,
  X509Certificate,
} from 'node:crypto';
import { certificateSignature } from './der.ts';
import { ProbeError } from './errors.ts';
import { CertificateMismatch, type HostHttp, type Query } from './http.ts';
import type { ClientIdentity } from './identity.ts';
import type { HostReply } from './reply.ts';

const secret_bytes = 16;
const hash_bytes = 32;
const signature_bytes = 256;
const pin_wait_ms = 5 * 60_000;

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

export function pairingKey(salt: Uint8Array, pin: string): Buffer {
  return sha256(salt, Buffer.from(pin, 'ascii')).subarray(0, 16);
}

export function aesEcb(key: Uint8Array, data: Uint8Array, direction: 'encrypt' | 'decrypt'): Buffer {
  const make = direction === 'encrypt' ? createCipheriv : createDecipheriv;
  const cipher = make('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

// What the client makes up for one exchange; given only where a recorded exchange is replayed.
export interface ExchangeRandom {
  readonly salt: Buffer;
  readonly challenge: Buffer;
  readonly secret: Buffer;
}

export class Exchange {
  private readonly identity: ClientIdentity;
  private readonly random: ExchangeRandom;
  private readonly key: Buffer;
  private host_certificate: X509Certificate | undefined;
  private host_hash: Buffer | undefined;

  constructor(identity: ClientIdentity, pin: string, random?: ExchangeRandom) {
    this.identity = identity;
    this.random = random ?? {
      salt: randomBytes(secret_bytes),
      challenge: randomBytes(secret_bytes),
      secret: randomBytes(secret_bytes),
    };
    this.key = pairingKey(this.random.salt, pin);
  }

  get host_cert_pem(): string {
    return this.certificate().toString();
  }

  // Step 1: our certificate out, the host's back.
  start(): Query {
    return {
      phrase: 'getservercert',
      salt: this.random.salt.toString('hex'),
      clientcert: Buffer.from(this.identity.cert_pem).toString('hex'),
    };
  }

  acceptCertificate(plaincert_hex: string): void {
    const certificate = new X509Certificate(fromHex(plaincert_hex, 'plaincert'));
    if (certificate.publicKey.asymmetricKeyType !== 'rsa') throw failed("the host's certificate is not an RSA one");
    this.host_certificate = certificate;
  }

  // Step 2: a challenge, which only a host that knows the PIN can answer.
  challenge(): Query {
    return { clientchallenge: aesEcb(this.key, this.random.challenge, 'encrypt').toString('hex') };
  }

  // Step 3: the host's answer to it is kept until step 4 reveals the secret in it; ours to the host's challenge goes out.
  answer(challenge_response_hex: string): Query {
    const response = fromHex(challenge_response_hex, 'challengeresponse', hash_bytes + secret_bytes);
    const plain = aesEcb(this.key, response, 'decrypt');
    this.host_hash = plain.subarray(0, hash_bytes);
    const host_challenge = plain.subarray(hash_bytes);
    const own = certificateSignature(new X509Certificate(this.identity.cert_pem).raw);
    const hash = sha256(host_challenge, own, this.random.secret);
    return { serverchallengeresp: aesEcb(this.key, hash, 'encrypt').toString('hex') };
  }

  // Step 4: checks the host's revealed secret, then reveals ours. A bad signature is somebody in between; a bad hash is the
  // wrong PIN.
  reveal(pairing_secret_hex: string): Query {
    const revealed = fromHex(pairing_secret_hex, 'pairingsecret', secret_bytes + signature_bytes);
    const host_secret = revealed.subarray(0, secret_bytes);
    const signature = revealed.subarray(secret_bytes);
    const certificate = this.certificate();
    if (!this.host_hash) throw new Error('step 4 of pairing before step 3');
    if (!createVerify('sha256').update(host_secret).verify(certificate.publicKey, signature)) {
      throw failed("the host's secret is not signed by the certificate it showed: somebody may be in between");
    }
    const expected = sha256(this.random.challenge, certificateSignature(certificate.raw), host_secret);
    if (!timingSafeEqual(expected, this.host_hash)) throw failed('the PIN typed at the host is not the one shown here');
    const key = createPrivateKey(this.identity.key_pem);
    const ours = createSign('sha256').update(this.random.secret).sign(key);
    return { clientpairingsecret: Buffer.concat([this.random.secret, ours]).toString('hex') };
  }

  private certificate(): X509Certificate {
    if (!this.host_certificate) throw new Error('pairing continued without the certificate of the host');
    return this.host_certificate;
  }
}

// Pairs over HTTP; step 5 shows over HTTPS that both certificates work. Returns the host's certificate. Any failure ends
// with an /unpair, as stock clients do, so that the host drops what is pending.
export async function pair(
  http: HostHttp,
  https_port: number,
  identity: ClientIdentity,
  pin: string,
  wait_ms = pin_wait_ms,
): Promise<string> {
  if (!/^\d{4}$/.test(pin)) throw new ProbeError('usage', 'a PIN has four digits');
  const exchange = new Exchange(identity, pin);
  const fixed = { devicename: 'roth', updateState: 1 };
  const step = async (query: Query, timeout_ms?: number): Promise<HostReply> =>
    checkPaired(await http.get('/pair', { ...fixed, ...query }, timeout_ms));
  try {
    const first = await step(exchange.start(), wait_ms).catch((error: unknown) => {
      // The host answers step 1 once a person has typed the PIN there.
      if (error instanceof ProbeError && (error.cause as { code?: unknown })?.code === 'UND_ERR_HEADERS_TIMEOUT')
        throw failed(`the PIN was not typed at the host within ${wait_ms / 1000} s`);
      throw error;
    });
    const plaincert = first.text('plaincert');
    if (!plaincert) throw failed('the host is busy with another pairing; try again when that one has ended');
    exchange.acceptCertificate(plaincert);
    const response = await step(exchange.challenge());
    const secret = await step(exchange.answer(response.text('challengeresponse') ?? ''));
    await step(exchange.reveal(secret.text('pairingsecret') ?? ''));
    const credentials = { identity, host_cert_pem: exchange.host_cert_pem };
    checkPaired(await http.getSecure(https_port, credentials, '/pair', { ...fixed, phrase: 'pairchallenge' }));
    return exchange.host_cert_pem;
  } catch (error) {
    await http.get('/unpair', {}).catch(() => undefined);
    if (error instanceof CertificateMismatch) {
      throw failed('the HTTPS port shows another certificate than the one that was paired');
    }
    if (error instanceof ProbeError) throw error;
    throw failed(error instanceof Error ? error.message : String(error));
  }
}

function checkPaired(reply: HostReply): HostReply {
  if (!reply.ok) throw failed(`the host answered status ${reply.status_code} ${reply.status_message}`.trimEnd());
  if (reply.text('paired') !== '1') throw failed('the host refused; was the right PIN typed there?');
  return reply;
}

function fromHex(hex: string, name: string, bytes?: number): Buffer {
  const decoded = Buffer.from(hex, 'hex');
  const wrong = hex === '' || decoded.length * 2 !== hex.length || (bytes !== undefined && decoded.length !== bytes);
  if (!wrong) return decoded;
  throw failed(`the host's <${name}> is not ${bytes === undefined ? 'hex' : `${bytes} bytes of hex`}`);
}

function failed(why: string): ProbeError {
  return new ProbeError('pairing_failed', `pairing failed: ${why}`);
}
