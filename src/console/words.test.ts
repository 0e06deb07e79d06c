import t from 'tap';
import { setting_help } from '../config/schema.ts';
import '../test-limit.ts';
import { words } from './words.ts';

t.test('each setting has a name for people', async (t) => {
  const { apps: _, ...shown } = setting_help; // the applications have a page of their own
  t.same(Object.keys(words.settings.names).toSorted(), Object.keys(shown).toSorted());
});
