import { pino } from 'pino';
import t from 'tap';
import { Check } from 'typebox/schema';
import { entryOf, JournalEntry, keepEvents } from './event-journal.ts';
import { HostEvents } from './events.ts';
import { test_session, test_video } from './test-report.ts';

t.test('each event is an entry as the schema says', async (t) => {
  const events = new HostEvents(pino({ level: 'silent' }));
  const journal = keepEvents(events);
  const session = test_session;
  events.tell({ type: 'pairing', step: 'waiting', address: '192.0.2.7' });
  events.tell({ type: 'session', step: 'streaming', session, video: test_video });
  events.tell({ type: 'session', step: 'ended', session, reason: 'the client left' });
  events.tell({
    type: 'problem',
    step: 'began',
    session,
    fatal: false,
    code: 'x',
    parameters: { a: 'b' },
    detail: 'X.',
  });
  events.tell({ type: 'display', step: 'leased', description: 'sway', output: 'HEADLESS-1', session });
  events.tell({ type: 'app', step: 'ended', title: 'Terminal', how: 'it ended' });
  const entries = journal.kept.map(entryOf);
  t.equal(entries.length, 6);
  for (const entry of entries) t.ok(Check(JournalEntry, entry), entry.type);
  t.notOk(Check(JournalEntry, { ...entries[0], step: 'unheard of' }));
  t.equal(journal.newest_id, entries.at(-1)?.id);
});
