import { X509Certificate } from 'node:crypto';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { PunktfunkError } from '../errors.ts';
import type { PairingEvent } from '../events.ts';
import type { Client } from '../trust/clients.ts';
import { Pairing, pairing_limits } from './pairing.ts';
import { decryptBlocks, encryptBlocks, pairingKey, proofHash, signSecret } from './pairing-crypto.ts';
import { pairing_recording } from './testdata/load.ts';
import '../test-limit.ts';

const hex = (text: string | undefined) => Buffer.from(text ?? '', 'hex');
const { identities, pairings } = pairing_recording;
const host = {
  unique_id: 'H',
  certificate_pem: identities.host.certPem,
  key_pem: identities.host.keyPem,
  certificate: new X509Certificate(identities.host.certPem),
  signature: hex(identities.host.signatureHex),
};
const peer = { unique_id: '0123456789ABCDEF', address: '192.0.2.7' };
const never = new AbortController().signal;
const salt = Buffer.alloc(16, 5);

/** A pairing room whose store is a list, with short limits where a test waits for them. */
function room(limits: Partial<typeof pairing_limits> = {}, random?: (bytes: number) => Buffer) {
  const stored: string[] = [];
  const events: PairingEvent[] = [];
  const pairing = new Pairing({
    identity: host,
    store: (certificate, name) => {
      stored.push(name);
      return { id: 'c', name, certificate_pem: certificate.toString(), paired_at: '', fingerprint: '' } as Client;
    },
    limits: { ...pairing_limits, cool_down_ms: 0, ...limits },
    onEvent: (event) => events.push(event),
    ...(random ? { random } : {}),
  });
  t.teardown(() => pairing.close());
  return { pairing, stored, events };
}

for (const { id, identity, steps, outcome } of pairings) {
  t.test(`${id}: the machine answers as the recorded host did`, async (t) => {
    const randoms = [hex(steps.serverSecretHex), hex(steps.serverChallengeHex)];
    const { pairing, stored } = room({}, () => randoms.shift() ?? Buffer.alloc(16));
    const first = pairing.begin(peer, hex(steps.saltHex), identities[identity as 'probe'].certPem, never);
    const pin = pairing.givePin(steps.pinTypedAtHost ?? '', 'a client');
    pin.catch(() => {});
    t.equal(await first, identities.host.certPem);
    t.equal(
      pairing.challenge(peer, hex(steps.clientChallengeEncryptedHex)).toString('hex'),
      steps.challengeResponseEncryptedHex,
    );
    t.equal(pairing.respond(peer, hex(steps.clientHashEncryptedHex)).toString('hex'), steps.pairingSecretHex);
    t.equal(stored.length, 0, 'nobody is stored before the last step');
    t.equal(pairing.finish(peer, hex(steps.clientPairingSecretHex)), outcome === 'paired');
    t.same(stored, outcome === 'paired' ? ['a client'] : []);
    if (outcome === 'paired') t.equal((await pin).name, 'a client');
    else await t.rejects(pin, { code: 'PAIRING_FAILED', message: /the PIN was wrong/ });
    t.throws(
      () => pairing.finish(peer, hex(steps.clientPairingSecretHex)),
      { code: 'PAIRING_IMPOSSIBLE', message: /none is in progress/ },
      'the exchange is over',
    );
  });
}

type Step = 'challenge' | 'respond' | 'finish' | 'finish_forged' | 'drop' | 'begin';
const legal: Step[] = ['challenge', 'respond', 'finish'];

t.test('only the legal order ever stores a client', async (t) => {
  const step = fc.constantFrom<Step>('challenge', 'respond', 'finish', 'finish_forged', 'drop', 'begin');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      const { pairing, stored } = room();
      const begun = pairing.begin(peer, salt, identities.probe.certPem, never);
      pairing.givePin('1234', '').catch(() => {});
      await begun;
      const key = pairingKey(salt, '1234');
      const secret = Buffer.alloc(16, 9);
      let server_challenge: Buffer = Buffer.alloc(16);
      for (const name of steps) {
        try {
          if (name === 'challenge') {
            const answer = pairing.challenge(peer, encryptBlocks(key, Buffer.alloc(16, 1)));
            const { createDecipheriv } = await import('node:crypto');
            const cipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
            server_challenge = Buffer.concat([cipher.update(answer), cipher.final()]).subarray(32);
          } else if (name === 'respond') {
            pairing.respond(
              peer,
              encryptBlocks(key, proofHash(server_challenge, hex(identities.probe.signatureHex), secret)),
            );
          } else if (name === 'finish') {
            pairing.finish(peer, Buffer.concat([secret, signSecret(secret, identities.probe.keyPem)]));
          } else if (name === 'finish_forged') {
            pairing.finish(peer, Buffer.concat([secret, signSecret(secret, identities.host.keyPem)]));
          } else if (name === 'drop') {
            pairing.drop(peer);
          } else {
            pairing.begin(peer, salt, identities.probe.certPem, never).catch(() => {});
          }
        } catch (error) {
          if (!(error instanceof PunktfunkError) || error.code !== 'PAIRING_IMPOSSIBLE') throw error;
        }
      }
      // `begin` while an exchange is on changes nothing, so it may stand anywhere before the end.
      const effective = steps.filter((name) => name !== 'begin').slice(0, 3);
      const lawful = JSON.stringify(effective) === JSON.stringify(legal);
      pairing.close();
      if ((stored.length === 1) !== lawful) throw new Error(`${steps.join(' ')} stored ${stored.length}`);
    }),
    { numRuns: 500, seed: 20261122 },
  );
  t.pass('500 orders');
});

t.test('a forged signature does not pair although the PIN was right', async (t) => {
  const { pairing, stored } = room({}, (bytes) => Buffer.alloc(bytes, 3));
  const begun = pairing.begin(peer, salt, identities.probe.certPem, never);
  const pin = pairing.givePin('0000', '');
  pin.catch(() => {});
  await begun;
  const key = pairingKey(salt, '0000');
  const secret = Buffer.alloc(16, 1);
  pairing.challenge(peer, encryptBlocks(key, Buffer.alloc(16)));
  pairing.respond(peer, encryptBlocks(key, proofHash(Buffer.alloc(16, 3), hex(identities.probe.signatureHex), secret)));
  t.notOk(pairing.finish(peer, Buffer.concat([secret, signSecret(secret, identities.embedded.keyPem)])));
  t.same(stored, []);
  await t.rejects(pin, { code: 'PAIRING_FAILED', message: /could not prove/ });
});

t.test('who may begin', async (t) => {
  const { pairing } = room({ exchanges: 3 });
  const certificate = identities.probe.certPem;
  const begin = (unique_id: string, address: string) => {
    const begun = pairing.begin({ unique_id, address }, salt, certificate, never);
    begun.catch(() => {});
    return begun;
  };
  const addresses = () => pairing.waiting().map(({ address }) => address);
  void begin('a', '192.0.2.2');
  const held = [begin('a', '192.0.2.1'), begin('b', '192.0.2.1')];
  await t.rejects(begin('c', '192.0.2.1'), { code: 'PAIRING_CROWDED' }, 'few exchanges an address');
  await t.rejects(pairing.givePin('1234', ''), { code: 'SEVERAL_CLIENTS_WAITING' });
  await t.rejects(pairing.givePin('1234', '', '192.0.2.9'), { code: 'NO_CLIENT_WAITING' });
  t.same(addresses(), ['192.0.2.2', '192.0.2.1', '192.0.2.1'], 'all places are taken');

  void begin('a', '192.0.2.3');
  await t.rejects(
    held[0] as Promise<string>,
    { message: /too many clients/ },
    'the oldest of the address with most goes',
  );
  t.same(addresses(), ['192.0.2.2', '192.0.2.1', '192.0.2.3'], 'for the newcomer');
  pairing.givePin('1234', '', '192.0.2.2').catch(() => {});
  void begin('a', '192.0.2.4');
  t.same(addresses(), ['192.0.2.3', '192.0.2.4'], 'one that has its PIN stays');
  pairing.close();
  await t.rejects(held[1] as Promise<string>, { message: /too many clients/ });
});

t.test('two clients with the placeholder as unique id behind one address', async (t) => {
  const { pairing, events, stored } = room();
  const certificates = [identities.probe.certPem, identities.embedded.certPem] as const;
  const gone = new AbortController();
  const first = pairing.begin(peer, salt, certificates[0], never);
  const second = pairing.begin(peer, salt, certificates[1], gone.signal);
  second.catch(() => {});
  t.equal(pairing.waiting().length, 1, 'the second waits its turn');
  pairing.drop(peer); // /unpair: whoever says it, the first is still there
  pairing.givePin('1234', 'the first').catch(() => {});
  t.equal(await first, host.certificate_pem);
  const key = pairingKey(salt, '1234');
  const secret = Buffer.alloc(16, 9);
  const answer = pairing.challenge(peer, encryptBlocks(key, Buffer.alloc(16, 1)));
  const challenge = decryptBlocks(key, answer).subarray(32);
  pairing.respond(peer, encryptBlocks(key, proofHash(challenge, hex(identities.probe.signatureHex), secret)));
  t.ok(pairing.finish(peer, Buffer.concat([secret, signSecret(secret, identities.probe.keyPem)])));
  t.same(stored, ['the first']);

  t.equal(pairing.waiting().length, 1, 'now the second is asked for');
  t.same(
    events.map(({ step }) => step),
    ['waiting', 'paired', 'waiting'],
  );
  gone.abort();
  await t.rejects(second, { message: /stopped asking/ });
});

t.test('a client that begins again takes its own place', async (t) => {
  const { pairing } = room();
  const first = pairing.begin(peer, salt, identities.probe.certPem, never);
  const again = pairing.begin(peer, salt, identities.probe.certPem, never);
  again.catch(() => {});
  await t.rejects(first, { message: /began again/ });
  t.equal(pairing.waiting().length, 1, 'a connection that was lost does not hold it up');
});

t.test('what is not a PIN, a salt or a certificate', async (t) => {
  const { pairing } = room();
  for (const pin of ['', '123', '12345', '12a4', '１２３４', ' 123']) {
    await t.rejects(pairing.givePin(pin, ''), { code: 'PIN_INVALID' });
  }
  await t.rejects(pairing.givePin('1234', ''), { code: 'NO_CLIENT_WAITING' });
  await t.rejects(pairing.begin(peer, Buffer.alloc(15), identities.probe.certPem, never), {
    message: /salt is not 16 bytes/,
  });
  await t.rejects(pairing.begin(peer, salt, 'nonsense', never), { message: /not an X.509/ });
});

t.test('a second PIN is not a second try', async (t) => {
  const { pairing } = room();
  const begun = pairing.begin(peer, salt, identities.probe.certPem, never);
  pairing.givePin('1111', '').catch(() => {});
  await begun;
  await t.rejects(pairing.givePin('2222', ''), { code: 'NO_CLIENT_WAITING' });
});

t.test('limits of time', async (t) => {
  await t.test('no PIN', async (t) => {
    const { pairing, events } = room({ pin_wait_ms: 10 });
    await t.rejects(pairing.begin(peer, salt, identities.probe.certPem, never), {
      code: 'PAIRING_ENDED',
      message: /no PIN was given/,
    });
    t.same(
      events.map((event) => event.step),
      ['waiting', 'failed'],
    );
  });
  await t.test('a client that stops in the middle', async (t) => {
    const { pairing } = room({ step_ms: 10 });
    const begun = pairing.begin(peer, salt, identities.probe.certPem, never);
    const pin = pairing.givePin('1234', '');
    await begun;
    await t.rejects(pin, { code: 'PAIRING_FAILED', message: /stopped answering/ });
  });
  await t.test('a client whose step came while the host was busy', async (t) => {
    const { pairing } = room({ step_ms: 200 });
    const begun = pairing.begin(peer, salt, identities.probe.certPem, never);
    pairing.givePin('1234', '').catch(() => {});
    await begun;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    for (let turns = 0; turns < 2; turns++) await setImmediate(); // what arrived is read now
    t.doesNotThrow(() => pairing.challenge(peer, Buffer.alloc(16)));
  });
  await t.test('a client that goes away before its PIN', async (t) => {
    const { pairing } = room();
    const gone = new AbortController();
    const begun = pairing.begin(peer, salt, identities.probe.certPem, gone.signal);
    gone.abort();
    await t.rejects(begun, { message: /stopped asking/ });
    t.equal(pairing.waiting().length, 0);
  });
  await t.test('a PIN right after a failed exchange has to wait', async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    const minute_ms = 60_000;
    const { pairing } = room({ cool_down_ms: 60 * minute_ms, pin_wait_ms: 1000 * minute_ms });
    const first = pairing.begin(peer, salt, identities.probe.certPem, never);
    pairing.givePin('1111', '').catch(() => {});
    mock.timers.tick(0);
    await first;
    pairing.drop(peer);
    let taken = false;
    const second = pairing.begin(peer, salt, identities.probe.certPem, never).then(() => {
      taken = true;
    });
    const [told] = pairing.waiting();
    const near = (seconds: number | undefined, most: number) =>
      seconds !== undefined && seconds <= most && seconds > most / 2;
    t.ok(near(told?.pause_s, 3600), `the person is told: ${told?.pause_s} s`);
    t.ok(near(told?.left_s, 60_000), `${told?.left_s} s are left`);
    pairing.givePin('2222', '').catch(() => {});
    // The clock itself goes on: minutes of it may pass before this.
    mock.timers.tick(40 * minute_ms);
    await setImmediate();
    t.equal(taken, false, 'not before the cool-down is over');
    mock.timers.tick(20 * minute_ms);
    await second;
  });
});
