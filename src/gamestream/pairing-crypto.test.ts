import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { certificateSignature, fingerprintOf, parseClientCertificate } from '../trust/certificate.ts';
import {
  decryptBlocks,
  encryptBlocks,
  equalInConstantTime,
  pairingKey,
  proofHash,
  signSecret,
  verifySecret,
} from './pairing-crypto.ts';
import { pairing_recording } from './testdata/load.ts';

const hex = (text: string | undefined) => Buffer.from(text ?? '', 'hex');
const { identities, pairings } = pairing_recording;

t.test('the published vectors of the protocol note', async (t) => {
  const key = pairingKey(hex('000102030405060708090a0b0c0d0e0f'), '1234');
  t.equal(key.toString('hex'), 'bad0b4f7cae08eb7c1b5acc763a8ed25');
  t.equal(encryptBlocks(key, Buffer.alloc(16, 0x11)).toString('hex'), 'aad45a6506af0973b77bcc7262fe36d5');
});

t.test('certificates of the recording give the recorded signature and fingerprint', async (t) => {
  for (const identity of Object.values(identities)) {
    const certificate = new X509Certificate(identity.certPem);
    t.equal(certificateSignature(certificate).toString('hex'), identity.signatureHex);
    t.equal(fingerprintOf(certificate.raw), identity.derSha256);
  }
  t.doesNotThrow(() => parseClientCertificate(identities.probe.certPem));
});

for (const { id, identity, steps } of pairings) {
  t.test(`${id}: every value of the exchange recomputed`, async (t) => {
    const client = identities[identity as 'probe'];
    const client_key = pairingKey(hex(steps.saltHex), steps.pinShownByClient ?? '');
    const host_key = pairingKey(hex(steps.saltHex), steps.pinTypedAtHost ?? '');
    t.equal(client_key.toString('hex'), steps.aesKeyClientHex);
    t.equal(host_key.toString('hex'), steps.aesKeyHostHex);

    const challenge = decryptBlocks(host_key, hex(steps.clientChallengeEncryptedHex));
    t.equal(challenge.toString('hex'), steps.clientChallengeAsHostDecryptsHex);
    t.equal(
      encryptBlocks(client_key, hex(steps.clientChallengeHex)).toString('hex'),
      steps.clientChallengeEncryptedHex,
    );

    const hash = proofHash(challenge, hex(identities.host.signatureHex), hex(steps.serverSecretHex));
    t.equal(hash.toString('hex'), steps.serverHashHex);
    const response = encryptBlocks(host_key, Buffer.concat([hash, hex(steps.serverChallengeHex)]));
    t.equal(response.toString('hex'), steps.challengeResponseEncryptedHex);

    const client_hash = decryptBlocks(host_key, hex(steps.clientHashEncryptedHex));
    t.equal(client_hash.toString('hex'), steps.clientHashAsHostDecryptsHex);
    const expected = proofHash(hex(steps.serverChallengeHex), hex(client.signatureHex), hex(steps.clientSecretHex));
    t.equal(expected.toString('hex'), steps.clientHashHostExpectsHex);
    t.equal(equalInConstantTime(expected, client_hash), steps.clientHashMatchesAtHost);

    t.equal(
      signSecret(hex(steps.serverSecretHex), identities.host.keyPem).toString('hex'),
      steps.serverSecretSignatureHex,
    );
    const key = new X509Certificate(client.certPem).publicKey;
    t.ok(verifySecret(hex(steps.clientSecretHex), hex(steps.clientSecretSignatureHex), key));
    t.notOk(verifySecret(hex(steps.serverSecretHex), hex(steps.clientSecretSignatureHex), key));
  });
}
