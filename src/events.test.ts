import { pino } from 'pino';
import t from 'tap';
import { type HostEvent, HostEvents } from './events.ts';

const waiting = (address: string): HostEvent => ({ type: 'pairing', step: 'waiting', address });

t.test('listeners hear in order until they end it, and one that fails takes nothing from the others', async (t) => {
  const logged: string[] = [];
  const events = new HostEvents(pino({}, { write: (line: string) => void logged.push(line) }));
  const heard: string[] = [];
  events.subscribe(() => {
    throw new Error('broken');
  });
  const end = events.subscribe((event) => heard.push((event as { address: string }).address));
  events.tell(waiting('first'));
  events.tell(waiting('second'));
  end();
  events.tell(waiting('third'));
  t.same(heard, ['first', 'second']);
  t.equal(logged.length, 3);
  t.match(JSON.parse(logged[0] ?? ''), { event: 'listener_failed', of: 'pairing', err: { message: 'broken' } });
});
