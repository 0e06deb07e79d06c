// Pairing as one state machine with one legal order (docs/gamestream.md, 3):
//
//   (queued →) waiting_for_pin → pin_given → challenged → responded → (step 4) → gone, client stored
//
// One exchange at a time a client (uniqueid + address): behind one address two may share a placeholder as uniqueid, and the second one
// waits its turn. Few in all, each step within a time limit. A step out of order, a second try of a PIN or a wrong proof ends the exchange.
// A client enters the store in the last step only, after its proof and its signature both hold.

import type { X509Certificate } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { Deadline } from '../deadline.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import type { PairingEvent } from '../events.ts';
import { certificateSignature, parseClientCertificate } from '../trust/certificate.ts';
import type { Client } from '../trust/clients.ts';
import type { Identity } from '../trust/identity.ts';
import * as crypto from './pairing-crypto.ts';

export const pairing_limits = {
  /** How long a client may wait for its PIN; iOS gives up after 180 s (docs/gamestream.md, 3.4). */
  pin_wait_ms: 300_000,
  /** From one step to the next; clients wait 5 s at most (docs/gamestream.md, 3.4). */
  step_ms: 10_000,
  /** After a failed exchange no PIN is taken for this long. */
  cool_down_ms: 3_000,
  exchanges: 8,
  /** Exchanges that one address may begin in a minute. */
  begins_a_minute: 30,
  exchanges_an_address: 2,
};

const pin_pattern = /^\d{4}$/;
const max_salt_bytes = 16;

/** Whom an exchange belongs to. Many clients share one placeholder as uniqueid, so the address counts too (docs/gamestream.md, 3.3). */
export interface PairingPeer {
  unique_id: string;
  address: string;
}

type State = 'queued' | 'waiting_for_pin' | 'pin_given' | 'challenged' | 'responded';

interface Exchange {
  readonly peer: PairingPeer;
  readonly key_name: string;
  readonly started_at: number;
  readonly certificate: X509Certificate;
  readonly salt: Buffer;
  /** Settles step 1's request. */
  readonly pin: PromiseWithResolvers<void>;
  /** Settles `pair` on the command line. */
  readonly outcome: PromiseWithResolvers<Client>;
  readonly deadline: Deadline;
  state: State;
  name: string;
  aes_key?: Buffer;
  server_secret?: Buffer;
  server_challenge?: Buffer;
  client_hash?: Buffer;
}

export interface PairingOptions {
  identity: Identity;
  /** Keeps the client; called in the last step only. */
  store: (certificate: X509Certificate, name: string) => Client;
  limits?: typeof pairing_limits;
  /** Test hook: the host's random bytes. */
  random?: (bytes: number) => Buffer;
  /** Told what happens: a client waits, was paired, was refused. */
  onEvent?: (event: PairingEvent) => void;
}

export class Pairing {
  readonly #options: PairingOptions;
  readonly #limits: typeof pairing_limits;
  /** In the order of their beginning. Of those with one name the first is on, the others are queued. */
  #exchanges: Exchange[] = [];
  /** When which address began an exchange, in the last minute. */
  #begins: { address: string; at: number }[] = [];
  #cool_until = 0;

  constructor(options: PairingOptions) {
    this.#options = options;
    this.#limits = options.limits ?? pairing_limits;
  }

  /** Clients that wait for a PIN, oldest first. */
  waiting(): { address: string; waiting_s: number; left_s: number; pause_s: number }[] {
    const now = performance.now();
    const pause_s = Math.ceil(Math.max(0, this.#cool_until - now) / 1000);
    return this.#exchanges
      .filter((exchange) => exchange.state === 'waiting_for_pin')
      .map(({ peer: { address }, started_at }) => ({
        address,
        waiting_s: Math.round((now - started_at) / 1000),
        left_s: Math.max(0, Math.round((started_at + this.#limits.pin_wait_ms - now) / 1000)),
        pause_s,
      }));
  }

  /** The person at the host does not want the client that waits longest at `address`. Nobody waits there: nothing happens. */
  refuse(address: string): void {
    const exchange = this.#exchanges.find(({ state, peer }) => state === 'waiting_for_pin' && peer.address === address);
    if (exchange) this.#fail(exchange, 'it was refused at the host');
  }

  /**
   * Step 1, getservercert. Resolves with the host's certificate (PEM) once a person has given the PIN; throws PAIRING_IMPOSSIBLE,
   * PAIRING_CROWDED, PAIRING_ENDED.
   */
  async begin(peer: PairingPeer, salt: Buffer, certificate_pem: string, gone: AbortSignal): Promise<string> {
    const now = performance.now();
    this.#begins = this.#begins.filter((begin) => begin.at > now - 60_000);
    if (this.#begins.filter((begin) => begin.address === peer.address).length >= this.#limits.begins_a_minute) {
      throw new PunktfunkError('PAIRING_CROWDED', { reason: 'this address begins too often' });
    }
    this.#begins.push({ address: peer.address, at: now });
    if (salt.length !== max_salt_bytes) throw impossible('the salt is not 16 bytes long');
    let certificate: X509Certificate;
    try {
      certificate = parseClientCertificate(certificate_pem);
    } catch (error) {
      throw impossible(reasonOf(error));
    }
    const key_name = keyOf(peer);
    const stale = this.#exchanges.find(
      (other) => other.key_name === key_name && awaitsPerson(other) && other.certificate.raw.equals(certificate.raw),
    );
    if (stale) this.#fail(stale, 'the client began again');
    this.#makeRoom(peer.address);
    const exchange: Exchange = {
      peer,
      key_name,
      started_at: performance.now(),
      certificate,
      salt,
      pin: Promise.withResolvers(),
      outcome: Promise.withResolvers(),
      deadline: new Deadline(),
      state: 'queued',
      name: '',
    };
    exchange.outcome.promise.catch(() => {}); // nobody may be waiting for it
    exchange.deadline.set(this.#limits.pin_wait_ms, () => this.#fail(exchange, 'no PIN was given in time'));
    gone.addEventListener('abort', () => {
      if (awaitsPerson(exchange)) this.#fail(exchange, 'the client stopped asking');
    });
    this.#exchanges.push(exchange);
    this.#next(key_name);
    await exchange.pin.promise;
    return this.#options.identity.certificate_pem;
  }

  /**
   * The PIN that a person read on the client. Resolves with the stored client when the exchange is through; rejects with PunktfunkError
   * when nobody waits, when several do and `address` does not say which, or when the exchange fails.
   */
  async givePin(pin: string, name: string, address?: string): Promise<Client> {
    if (!pin_pattern.test(pin)) throw new PunktfunkError('PIN_INVALID', { pin: pin.slice(0, 16) });
    const waiting = this.#exchanges.filter(
      (exchange) =>
        exchange.state === 'waiting_for_pin' && (address === undefined || exchange.peer.address === address),
    );
    const [exchange, ...others] = waiting;
    if (exchange === undefined) throw new PunktfunkError('NO_CLIENT_WAITING');
    if (others.length > 0) {
      throw new PunktfunkError('SEVERAL_CLIENTS_WAITING', {
        addresses: waiting.map((one) => one.peer.address).join(', '),
      });
    }
    exchange.state = 'pin_given'; // this exchange's only PIN, also during the cool-down
    exchange.name = name;
    exchange.aes_key = crypto.pairingKey(exchange.salt, pin);
    const wait_ms = Math.max(0, this.#cool_until - performance.now());
    this.#restart(exchange, wait_ms + this.#limits.step_ms);
    setTimeout(() => exchange.pin.resolve(), wait_ms);
    return exchange.outcome.promise;
  }

  /** Step 2, clientchallenge (16 bytes encrypted). Returns challengeresponse (48 bytes). */
  challenge(peer: PairingPeer, encrypted: Buffer): Buffer {
    const exchange = this.#expect(peer, 'pin_given', encrypted.length === crypto.secret_bytes);
    const random = this.#options.random ?? randomBytes;
    const key = exchange.aes_key as Buffer;
    exchange.server_secret = random(crypto.secret_bytes);
    exchange.server_challenge = random(crypto.secret_bytes);
    const client_challenge = crypto.decryptBlocks(key, encrypted);
    const hash = crypto.proofHash(client_challenge, this.#options.identity.signature, exchange.server_secret);
    this.#advance(exchange, 'challenged');
    return crypto.encryptBlocks(key, Buffer.concat([hash, exchange.server_challenge]));
  }

  /** Step 3, serverchallengeresp (32 bytes encrypted). Returns pairingsecret (272 bytes). */
  respond(peer: PairingPeer, encrypted: Buffer): Buffer {
    const exchange = this.#expect(peer, 'challenged', encrypted.length === crypto.hash_bytes);
    const secret = exchange.server_secret as Buffer;
    exchange.client_hash = crypto.decryptBlocks(exchange.aes_key as Buffer, encrypted);
    this.#advance(exchange, 'responded');
    return Buffer.concat([secret, crypto.signSecret(secret, this.#options.identity.key_pem)]);
  }

  /** Step 4, clientpairingsecret (16 + 256 bytes). True: the client is stored. False: wrong PIN or forged; the exchange is over. */
  finish(peer: PairingPeer, pairing_secret: Buffer): boolean {
    const whole = pairing_secret.length === crypto.secret_bytes + crypto.rsa_signature_bytes;
    const exchange = this.#expect(peer, 'responded', whole);
    const secret = pairing_secret.subarray(0, crypto.secret_bytes);
    const expected = crypto.proofHash(
      exchange.server_challenge as Buffer,
      certificateSignature(exchange.certificate),
      secret,
    );
    if (!crypto.equalInConstantTime(expected, exchange.client_hash as Buffer)) {
      this.#fail(exchange, 'the PIN was wrong');
      return false;
    }
    if (!crypto.verifySecret(secret, pairing_secret.subarray(crypto.secret_bytes), exchange.certificate.publicKey)) {
      this.#fail(exchange, 'the client could not prove that the certificate is its own');
      return false;
    }
    let client: Client;
    try {
      client = this.#options.store(exchange.certificate, exchange.name || `client at ${peer.address}`);
    } catch (error) {
      this.#fail(exchange, (error as Error).message.replace(/\.$/, ''));
      throw error;
    }
    this.#end(exchange);
    exchange.outcome.resolve(client);
    const { id, name } = client;
    this.#options.onEvent?.({ type: 'pairing', step: 'paired', address: peer.address, client: { id, name } });
    this.#next(exchange.key_name);
    return true;
  }

  /** /unpair: the client gives its exchange up, as clients do when the PIN was wrong. Never touches a paired client. */
  drop(peer: PairingPeer): void {
    const exchange = this.#current(peer);
    // Whose PIN is still awaited is told by its open request; another client of this name and address may be the one that gives up.
    if (!exchange || awaitsPerson(exchange)) return;
    this.#fail(exchange, 'the client gave up; the PIN was probably wrong');
  }

  close(): void {
    for (const exchange of [...this.#exchanges].reverse()) this.#fail(exchange, 'the host is stopping');
  }

  #current(peer: PairingPeer): Exchange | undefined {
    const key_name = keyOf(peer);
    return this.#exchanges.find((exchange) => exchange.key_name === key_name);
  }

  /** The first of this name awaits its PIN, if it did not yet. */
  #next(key_name: string): void {
    const first = this.#exchanges.find((exchange) => exchange.key_name === key_name);
    if (first?.state !== 'queued') return;
    first.state = 'waiting_for_pin';
    this.#options.onEvent?.({ type: 'pairing', step: 'waiting', address: first.peer.address });
  }

  /**
   * Room for one more of this address. When all places are taken the oldest exchange of the address with most goes: whoever holds them,
   * with however many addresses, keeps nobody out. One that has its PIN stays.
   */
  #makeRoom(address: string): void {
    const full = new PunktfunkError('PAIRING_CROWDED', { reason: 'no place is left' });
    const countOf = (one: string) => this.#exchanges.filter(({ peer }) => peer.address === one).length;
    if (countOf(address) >= this.#limits.exchanges_an_address) throw full;
    if (this.#exchanges.length < this.#limits.exchanges) return;
    const [most] = this.#exchanges
      .filter(awaitsPerson)
      .sort((one, other) => countOf(other.peer.address) - countOf(one.peer.address));
    if (!most) throw full;
    this.#fail(most, 'too many clients ask to pair');
  }

  #expect(peer: PairingPeer, state: State, well_formed: boolean): Exchange {
    const exchange = this.#current(peer);
    if (!exchange) throw impossible('none is in progress for this client');
    if (exchange.state !== state) {
      this.#fail(exchange, 'the client sent a step out of order');
      throw impossible('this step is out of order');
    }
    if (!well_formed) {
      this.#fail(exchange, 'the client sent a malformed step');
      throw impossible('this step has a wrong length');
    }
    return exchange;
  }

  #advance(exchange: Exchange, state: State): void {
    exchange.state = state;
    this.#restart(exchange, this.#limits.step_ms);
  }

  #restart(exchange: Exchange, limit_ms: number): void {
    exchange.deadline.set(limit_ms, () => this.#fail(exchange, 'the client stopped answering'));
  }

  #fail(exchange: Exchange, reason: string): void {
    if (!this.#exchanges.includes(exchange)) return;
    if (!awaitsPerson(exchange)) this.#cool_until = performance.now() + this.#limits.cool_down_ms;
    this.#end(exchange);
    exchange.pin.reject(new PunktfunkError('PAIRING_ENDED', { reason }));
    exchange.outcome.reject(new PunktfunkError('PAIRING_FAILED', { address: exchange.peer.address, reason }));
    this.#options.onEvent?.({ type: 'pairing', step: 'failed', address: exchange.peer.address, reason });
    this.#next(exchange.key_name);
  }

  #end(exchange: Exchange): void {
    exchange.deadline.clear();
    this.#exchanges = this.#exchanges.filter((other) => other !== exchange);
    exchange.aes_key?.fill(0);
  }
}

const impossible = (reason: string) => new PunktfunkError('PAIRING_IMPOSSIBLE', { reason });

const keyOf = (peer: PairingPeer): string => `${peer.address} ${peer.unique_id}`;

/** No PIN was given for it yet. */
const awaitsPerson = ({ state }: Exchange): boolean => state === 'queued' || state === 'waiting_for_pin';
