import t from 'tap';
import '../test-limit.ts';
import { outdatedBy } from './events.ts';

t.test('what is asked anew', async (t) => {
  t.same(outdatedBy({ type: 'problem', step: 'began' }), ['sessions']);
  t.ok(outdatedBy({ type: 'pairing', step: 'waiting' }).includes('pairing'));
  t.equal(outdatedBy({ type: 'hello', gap: false }), 'all', 'what was missed while nobody listened');
  for (const odd of [{ type: 'constructor' }, { type: 7 }, {}]) t.equal(outdatedBy(odd), 'all');
});
