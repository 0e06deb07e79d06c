import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { Check } from 'typebox/schema';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { AuditEntry, AuditLog, type Change } from './audit-log.ts';

const change: Change = {
  who: { kind: 'token', id: '0123abcd', name: 'token ci' },
  address: '192.168.1.5',
  route: 'DELETE /clients/:id',
  did: 'Take the right to stream away',
  what: 'Tablet',
  outcome: 'done',
};

function open(t: Test, dir = folder(t)) {
  const clock = { ms: 0 };
  const said: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
  const file = join(dir, 'audit.ndjson');
  return { dir, file, clock, said, audit: new AuditLog(dir, log, () => clock.ms) };
}

t.test('who, what and how it went: the newest first, kept over a restart, for nobody else', async (t) => {
  const { audit, dir, file } = open(t);
  t.same(audit.latest(10), [], 'no file yet');
  audit.add(change);
  audit.add({ ...change, what: 'TV' });
  t.equal(statSync(file).mode & 0o777, 0o600);
  appendFileSync(file, '{"time":"2026-'); // a host that was killed
  const again = open(t, dir).audit;
  again.add({ ...change, what: 'Phone' });
  t.match(again.latest(10), [{ what: 'Phone' }, { what: 'TV' }, { ...change, times: 1 }]);
  t.match(again.latest(1), [{ what: 'Phone' }]);
  for (const entry of again.latest(10)) t.ok(Check(AuditEntry, entry));
});

t.test('what is the same again is counted', async (t) => {
  const { audit, clock, file } = open(t);
  const failed = { ...change, who: null, what: '', route: 'POST /session', outcome: 'PASSWORD_WRONG' };
  for (let i = 0; i < 10_000; i++) audit.add({ ...failed, address: `203.0.113.${i & 255}` });
  t.equal(readFileSync(file, 'utf8').trim().split('\n').length, 1);
  clock.ms += 60_000;
  audit.add(change);
  t.match(audit.latest(10), [{ what: 'Tablet' }, { times: 9_999, outcome: 'PASSWORD_WRONG' }, { times: 1 }]);
  for (let i = 0; i < 1_000; i++) audit.add({ ...change, what: `client ${i}` });
  t.equal(audit.latest(2_000).length, 1_003, 'what differs is not');
});

t.test('two files of bounded size', async (t) => {
  const { audit, dir, file } = open(t);
  for (let i = 0; i < 6_000; i++) audit.add({ ...change, what: `${i} ${'x'.repeat(150)}` });
  for (const path of [file, `${file}.1`]) t.ok(statSync(path).size < 514 * 1024, path);
  t.equal(statSync(`${file}.1`).mode & 0o777, 0o600);
  const kept = audit.latest(10_000);
  t.match(kept[0], { what: /^5999 / });
  t.ok(kept.length > 1_500 && kept.length < 6_000, `${kept.length} lines`);
  writeFileSync(join(dir, 'audit.ndjson.1'), Buffer.alloc(4 << 20, 'x'));
  t.ok(audit.latest(10_000).length < kept.length, 'a file that is not ours is not read');
});

t.test('a file that cannot be written is said once, and stops nothing', async (t) => {
  const { audit, file, said } = open(t);
  mkdirSync(file);
  audit.add(change);
  audit.add({ ...change, what: 'TV' });
  t.match(said, [/audit_not_written/], 'once');
  t.same(audit.latest(10), []);
  rmSync(file, { recursive: true });
  audit.add({ ...change, what: 'Phone' });
  t.match(said, [/audit_not_written/, /audit_written/]);
  t.match(audit.latest(10), [{ what: 'Phone' }]);
});

t.test('no name begins a line or moves a cursor; no bytes in the file do harm', async (t) => {
  const { audit, file } = open(t);
  audit.add({ ...change, what: 'TV\n{"time":"x"}\u001b[2J\u202e', who: { kind: 'token', id: '1', name: 'a\nb' } });
  t.match(audit.latest(1), [{ what: 'TV\\u{a}{"time":"x"}\\u{1b}[2J\\u{202e}', who: { name: 'a\\u{a}b' } }]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 300 }), (what, bytes) => {
      writeFileSync(file, bytes);
      audit.add({ ...change, what });
      const [entry] = audit.latest(1);
      return entry === undefined || Check(AuditEntry, entry);
    }),
    { numRuns: 200 },
  );
});
