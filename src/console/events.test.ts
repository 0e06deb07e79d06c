import t from 'tap';
import { ChangedList } from '../events.ts';
import '../test-limit.ts';
import { outdatedBy } from './events.ts';

t.test('what is asked anew', async (t) => {
  t.same(outdatedBy({ type: 'problem', step: 'began' }), ['sessions']);
  t.ok(outdatedBy({ type: 'pairing', step: 'waiting' }).includes('pairing'));
  for (const of of ChangedList.enum) t.same(outdatedBy({ type: 'list', step: 'changed', of }), [of, 'audit']);
  t.equal(outdatedBy({ type: 'hello', gap: false }), 'all', 'what was missed while nobody listened');
  for (const odd of [{ type: 'constructor' }, { type: 7 }, {}, { type: 'list', of: 'later ones' }, { type: 'list' }])
    t.equal(outdatedBy(odd), 'all');
});
