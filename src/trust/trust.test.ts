import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, copyFileSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import t from 'tap';
import { writeFileAtomically } from '../files.ts';
import { runChild } from '../test-children.ts';
import { folder } from '../test-folder.ts';
import { certificateSignature, makeCertificate, parseClientCertificate } from './certificate.ts';
import { ClientStore } from './clients.ts';
import { integer, readDer, time } from './der.ts';
import { makeIdentity, openIdentity } from './identity.ts';
import { LastSeen } from './last-seen.ts';
import '../test-limit.ts';

const identity = makeIdentity();
const certificate = new X509Certificate(identity.certificate_pem);

t.test('the certificate is what GameStream wants', async (t) => {
  const text = certificate.toLegacyObject();
  t.equal(certificate.subject, 'CN=punktfunk');
  t.equal(certificate.issuer, certificate.subject);
  t.ok(certificate.verify(certificate.publicKey), 'signed by itself');
  t.ok(certificate.checkPrivateKey(createPrivateKey(identity.key_pem)));
  t.same(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  t.equal(certificateSignature(certificate).length, 256);
  t.equal(text.valid_to, 'Dec 31 23:59:59 2099 GMT', 'a date that UTCTime cannot hold');
  t.equal((identity.certificate_pem.match(/BEGIN CERTIFICATE/g) ?? []).length, 1);
  t.not(makeIdentity().unique_id, identity.unique_id);
});

t.test('no clock makes a certificate that is not valid', async (t) => {
  const built = Date.parse('2026-01-01T00:00:00Z');
  for (const clock of [
    '1970-01-01T00:01:00Z',
    '2020-06-01T00:00:00Z',
    '2026-11-28T00:00:00Z',
    '2070-01-01T00:00:00Z',
  ]) {
    mock.timers.enable({ apis: ['Date'], now: Date.parse(clock) });
    const { validFromDate, validToDate } = new X509Certificate(makeIdentity().certificate_pem);
    mock.timers.reset();
    t.ok(validFromDate.getTime() >= built, `made in ${clock}: not before this was built`);
    t.ok(validFromDate.getTime() <= Date.parse('2026-11-28T00:00:00Z'), 'and not in the future');
    t.ok(validToDate.getTime() > Date.parse('2090-01-01T00:00:00Z'), 'nor over');
  }
});

t.test('DER', async (t) => {
  t.equal(integer(Buffer.from([0, 0, 0x7f])).toString('hex'), '02017f', 'no leading zeros');
  t.equal(integer(Buffer.from([0x80])).toString('hex'), '02020080', 'but one where the sign would be');
  t.equal(time(new Date('2049-12-31T23:59:59Z')).toString('latin1'), '\x17\x0d491231235959Z');
  t.equal(time(new Date('2050-01-01T00:00:00Z')).toString('latin1'), '\x18\x0f20500101000000Z');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        const element = readDer(Buffer.from(bytes));
        if (element.end > bytes.length) throw new Error('read past the end');
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }),
    { numRuns: 3000, seed: 3 },
  );
});

t.test('which client certificates are taken', async (t) => {
  t.doesNotThrow(() => parseClientCertificate(identity.certificate_pem));
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  t.throws(() => parseClientCertificate(makeCertificate(small, 'x', new Date(), new Date())), {
    message: /no RSA key of 2048 bits/,
  });
  t.throws(() => parseClientCertificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), {
    message: /not an X.509/,
  });
});

t.test('an identity is made once', async (t) => {
  const dir = folder(t);
  const made = openIdentity(dir);
  t.equal(openIdentity(dir).unique_id, made.unique_id);
  t.match(made.unique_id, /^[0-9A-F-]{36}$/);
  const other = { ...JSON.parse(readFileSync(join(dir, 'identity.json'), 'utf8')), key_pem: identity.key_pem };
  writeFileSync(join(dir, 'identity.json'), JSON.stringify(other));
  t.throws(() => openIdentity(dir), { code: 'DATA_DAMAGED', message: /key does not fit/ });
});

t.test('the list of clients', async (t) => {
  const dir = folder(t);
  const store = ClientStore.open(dir);
  t.same(store.list(), []);
  const client = store.add(certificate, 'TV');
  t.equal(store.find(certificate.raw)?.id, client.id);
  t.equal(store.find(Buffer.concat([certificate.raw, Buffer.from([0])])), undefined, 'exactly these bytes');
  t.equal(ClientStore.open(dir).find(certificate.raw)?.name, 'TV', 'kept');
  const again = store.add(certificate, 'TV upstairs');
  t.equal(again.id, client.id, 'pairing again keeps the id');
  t.equal(store.list().length, 1);
  t.equal(store.remove('00000000'), undefined);
  t.equal(store.remove(client.id)?.name, 'TV upstairs');
  t.equal(ClientStore.open(dir).list().length, 0, 'gone for good');

  for (const text of [
    '',
    '[]',
    '{"version":0,"clients":[]}',
    '{"version":1,"clients":[{"id":"00000000","name":"x","certificate_pem":"x","paired_at":"x"}]}',
  ]) {
    writeFileSync(join(dir, 'clients.json'), text);
    t.throws(() => ClientStore.open(dir), { code: 'DATA_DAMAGED' });
  }
});

t.test(
  'a list of the first version opens, and is written so that its host opens it, until it has limits',
  async (t) => {
    const dir = folder(t);
    const path = join(dir, 'clients.json');
    copyFileSync(join(import.meta.dirname, 'testdata/clients-1.json'), path);
    const store = ClientStore.open(dir);
    const [tv, office] = store.list();
    t.match([tv, office], [{ id: '70202102', name: 'TV' }, { name: 'Büro "2"' }]);
    const { id = '', fingerprint = '', certificate_pem = '' } = tv ?? {};
    t.same(store.rightsOf(fingerprint), { input: true, launch: true });
    const version = () => JSON.parse(readFileSync(path, 'utf8')).version;
    store.change(id, { name: 'Living room', rights: { input: true, launch: true }, expires_at: null });
    t.equal(version(), 1);
    store.change(id, { rights: { input: false, launch: true } });
    t.equal(version(), 2, 'a host that would not know of it refuses it');
    t.same(ClientStore.open(dir).rightsOf(fingerprint), { input: false, launch: true });
    store.change(id, { expires_at: '2020-01-01T00:00:00.000Z' });
    const { raw } = new X509Certificate(certificate_pem);
    t.equal(store.find(raw), undefined, 'its time is over');
    t.notOk(store.has(fingerprint));
    t.same(store.rightsOf(fingerprint), { input: false, launch: false });
    t.match(store.add(new X509Certificate(certificate_pem), 'TV'), { id, rights: { input: false } }, 'paired again');
    t.ok(store.has(fingerprint), 'without an end, and with no more rights');
    t.throws(() => store.change('00000000', {}), { code: 'CLIENT_UNKNOWN' });
    store.change(id, { rights: { input: true, launch: true } });
    t.equal(version(), 1);
  },
);

t.test('when clients were seen is written seldom, and needed by nobody', async (t) => {
  const dir = folder(t);
  const path = join(dir, 'last-seen.json');
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const seen = new LastSeen(dir, log);
  t.equal(seen.of('a'), undefined);
  seen.saw('a');
  const before = readFileSync(path, 'utf8');
  for (let asked = 0; asked < 100; asked++) seen.saw('b');
  t.equal(readFileSync(path, 'utf8'), before, 'not with each request');
  seen.forget('a');
  seen.write();
  t.match(new LastSeen(dir, log).of('b'), /^\d{4}-/);
  t.equal(new LastSeen(dir, log).of('a'), undefined);
  writeFileSync(path, '{');
  t.equal(new LastSeen(dir, log).of('b'), undefined, 'a damaged one is begun anew');
  symlinkSync('/dev/full', `${path}.${process.pid}.tmp`);
  const full = new LastSeen(dir, log);
  full.saw('a');
  full.saw('a');
  t.equal(warnings.length, 1, 'a full disk is told once');
  t.match(full.of('a'), /^\d{4}-/);
});

t.test('data of a newer version is refused and left as it is', async (t) => {
  const dir = folder(t);
  const newer = '{"version":3,"clients":{"by":"fingerprint"}}';
  for (const [name, open] of [
    ['clients.json', () => ClientStore.open(dir)],
    ['identity.json', () => openIdentity(dir)],
  ] as const) {
    writeFileSync(join(dir, name), newer);
    t.throws(open, { code: 'DATA_NEWER', message: /newer punktfunk \(its version is 3, this one knows up to \d\)/ });
    t.equal(readFileSync(join(dir, name), 'utf8'), newer);
  }
  t.same(readdirSync(dir).sort(), ['clients.json', 'identity.json']);
});

t.test('a file of which only a part fits is no file that was written', async (t) => {
  const path = join(folder(t), 'clients.json');
  const before = 'b'.repeat(9000);
  writeFileAtomically(path, before);
  // At this limit write(2) takes a part and says how much, as at the end of a disk; 16 blocks of 512 bytes.
  const script = `
    const { writeFileAtomically } = await import(${JSON.stringify(join(import.meta.dirname, '../files.ts'))});
    writeFileAtomically(process.argv[1], 'a'.repeat(9000));`;
  const limited = ['sh', '-c', 'ulimit -f 16; exec "$@"', 'sh'];
  const { code, err } = await runChild([...limited, process.execPath, '--input-type=module', '-e', script, path]);
  t.equal(code, 1, err);
  t.match(err, /DATA_NOT_WRITTEN/);
  t.equal(readFileSync(path, 'utf8'), before);
});

t.test('a file that cannot be written leaves everything as it was', async (t) => {
  const dir = folder(t);
  const store = ClientStore.open(dir);
  store.add(certificate, 'TV');
  const before = readFileSync(join(dir, 'clients.json'), 'utf8');
  t.throws(() => writeFileAtomically('/dev/full/x.json', 'x'), {
    code: 'DATA_NOT_WRITTEN',
    message: /not a directory/,
  });
  // A full disk: the temporary file leads to a device that refuses every byte.
  symlinkSync('/dev/full', join(dir, `clients.json.${process.pid}.tmp`));
  t.throws(() => store.remove(store.list()[0]?.id ?? ''), { code: 'DATA_NOT_WRITTEN', message: /the disk is full/ });
  t.equal(store.list().length, 1, 'memory agrees with the file');
  if (process.getuid?.() !== 0) {
    chmodSync(dir, 0o500);
    t.throws(() => store.remove(store.list()[0]?.id ?? ''), { code: 'DATA_NOT_WRITTEN', message: /permission denied/ });
    chmodSync(dir, 0o700);
    t.equal(store.list().length, 1, 'memory agrees with the file');
  } else {
    t.comment('root may write anywhere: permissions are not tried');
  }
  t.equal(readFileSync(join(dir, 'clients.json'), 'utf8'), before);
  t.same(readdirSync(dir), ['clients.json'], 'no temporary file is left');
});
