import fc from 'fast-check';
import t from 'tap';
import { Check } from 'typebox/schema';
import { createLogger } from './log.ts';
import { LogEntry, LogRing, log_ring_limits } from './log-ring.ts';
import './test-limit.ts';

function rig(pretty = false) {
  const ring = new LogRing();
  const written: string[] = [];
  const log = createLogger({ level: 'debug', pretty, destination: { write: (line) => written.push(line) }, ring });
  return { ring, log, written };
}

t.test('what is written is kept, pretty or not, and found by level and text', async (t) => {
  for (const pretty of [true, false]) {
    const { ring, log, written } = rig(pretty);
    t.equal(ring.newest_id, null);
    log.info({ event: 'streaming', width: 1280 }, 'Tablet: streaming');
    log.warn({ event: 'display_gone', err: new Error('sway went') }, 'The desktop went away');
    log.debug('a detail');
    log.trace('not written');
    t.equal(written.length, 3);
    const all = ring.latest({}, 10);
    t.match(all, [
      { level: 'info', event: 'streaming', message: 'Tablet: streaming', details: { width: '1280' } },
      { level: 'warn', event: 'display_gone', details: { err: /sway went/ } },
      { level: 'debug', event: '', message: 'a detail' },
    ]);
    for (const entry of all) t.ok(Check(LogEntry, entry));
    t.equal(ring.newest_id, all.at(-1)?.id);
    t.same(ring.latest({}, 2), all.slice(1), 'the newest');
    t.match(ring.latest({ level: 'info' }, 10), { length: 2 });
    t.match(ring.latest({ level: 'error' }, 10), { length: 0 });
    t.match(ring.latest({ text: 'TABLET' }, 10), [{ event: 'streaming' }]);
    t.match(ring.latest({ text: 'sway' }, 10), [{ event: 'display_gone' }]);
    t.match(ring.latest({ text: '1280', level: 'warn' }, 10), { length: 0 });
  }
});

t.test('a tail goes on where it was', async (t) => {
  const { ring, log } = rig();
  log.info('first');
  const heard: string[] = [];
  const { missed, gap, end } = ring.read(ring.newest_id ?? '', { level: 'warn' }, ({ message }) => heard.push(message));
  t.match({ missed, gap }, { missed: [], gap: false });
  log.info('second');
  log.warn('third');
  end();
  log.warn('fourth');
  t.same(heard, ['third']);
  t.match(
    ring.read('another run', {}, () => {}),
    { gap: true, missed: { length: 4 } },
  );
});

t.test('no secret, no control character and no second line comes out of it', async (t) => {
  const { ring, log } = rig();
  log.info({ pin: 'SECRET', inside: { rikey: 'SECRET' } }, 'said');
  log.warn({ 'na\nme': '\u001b[2J', deep: { a: '\u009b31m' } }, 'TV\n2026 info: all is well\u001b]0;x\u0007\u202e');
  const [secret, evil] = ring.latest({}, 2);
  t.notMatch(JSON.stringify(secret), /SECRET/);
  t.equal(evil?.message, 'TV\\u{a}2026 info: all is well\\u{1b}]0;x\\u{7}\\u{202e}');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  t.notMatch(JSON.stringify(evil).replaceAll('\\\\', ''), /\\[nu]|[\u0000-\u001f\u0080-\u009f]/);
});

t.test('it is bounded, whatever is written', async (t) => {
  const { ring, log } = rig();
  for (let count = 0; count < 1_000; count++) log.info({ filler: 'x'.repeat(4_000) }, `line ${count}`);
  const kept = ring.latest({}, 10_000);
  const size = kept.reduce((sum, entry) => sum + JSON.stringify(entry).length, 0);
  t.ok(size < 1.2 * log_ring_limits.bytes, String(size));
  t.equal(kept.at(-1)?.message, 'line 999');
  log.error({ event: 'long', filler: 'x'.repeat(100_000) }, 'y'.repeat(100_000));
  t.match(ring.latest({}, 1), [{ event: 'long', level: 'error', message: /^y{1000}$/ }]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.dictionary(fc.string(), fc.jsonValue()), (message, fields) => {
      log.info({ fields }, message);
      return ring.latest({}, 1).every((entry) => Check(LogEntry, entry));
    }),
  );
});
