import { createSign, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { certificateSignature } from './der.ts';
import { ProbeError } from './errors.ts';
import { generateIdentity, ProbeStore } from './identity.ts';

const recorded: { identities: Record<string, { cert_pem: string; signatureHex: string }> } = JSON.parse(
  readFileSync(new URL('testdata/pairing.json', import.meta.url), 'utf8'),
);

t.test('a certificate as stock clients make it', async (t) => {
  const made = generateIdentity(new Date('2031-02-03T04:05:06Z'));
  const certificate = new X509Certificate(made.cert_pem);
  t.equal(certificate.subject, 'CN=NVIDIA GameStream Client');
  t.equal(certificate.issuer, certificate.subject);
  t.equal(Number.parseInt(certificate.serialNumber, 16), 0);
  t.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  t.equal(certificate.validFromDate.toISOString(), '2031-02-03T04:05:06.000Z');
  t.equal(certificate.validToDate.toISOString(), '2051-02-03T04:05:06.000Z', 'four-digit years after 2049');
  t.ok(certificate.verify(certificate.publicKey), 'signed by itself');
  const signed = createSign('sha256').update('x').sign(made.key_pem);
  t.equal(signed.length, 256);
  t.equal(certificateSignature(certificate.raw).length, 256);
});

t.test('the signature inside recorded certificates', async (t) => {
  for (const [name, { cert_pem, signatureHex }] of Object.entries(recorded.identities)) {
    t.equal(certificateSignature(new X509Certificate(cert_pem).raw).toString('hex'), signatureHex, name);
  }
  const raw = new X509Certificate(recorded.identities.host?.cert_pem ?? '').raw;
  for (let length = 0; length < raw.length; length += 7) {
    t.throws(() => certificateSignature(raw.subarray(0, length)), `cut at ${length}`);
  }
});

t.test('the store keeps identity and hosts, and says what is damaged', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'probe-store-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const first = new ProbeStore(dir);
  t.equal(statSync(join(dir, 'client-key.pem')).mode & 0o777, 0o600);
  first.remember('a', { name: 'one', cert_pem: 'x' });
  first.remember('b', { name: 'two', cert_pem: 'y' });
  first.forget('a');
  const second = new ProbeStore(dir);
  t.same(second.identity, first.identity);
  t.equal(second.host('a'), undefined);
  t.same(second.host('b'), { name: 'two', cert_pem: 'y' });
  t.equal(second.host('constructor'), undefined);
  writeFileSync(join(dir, 'hosts.json'), '{"b": 1}');
  t.throws(() => second.host('b'), { kind: 'usage', message: /hosts.json is damaged/ });
  writeFileSync(join(dir, 'client-key.pem'), generateIdentity().key_pem);
  t.throws(() => new ProbeStore(dir), ProbeError);
  t.throws(() => new ProbeStore(join(dir, 'hosts.json', 'below')), { kind: 'usage', message: /--data-dir/ });
});
