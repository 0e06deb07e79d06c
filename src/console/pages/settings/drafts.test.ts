import t from 'tap';
import '../../../test-limit.ts';
import { type Setting, valuesOf } from './drafts.ts';

const setting = (part: Partial<Setting>): Setting => ({
  name: 'x',
  help: '',
  takes: 'a whole number from 1 to 100',
  type: 'integer',
  minimum: 1,
  maximum: 100,
  fixed: false,
  value: 20,
  configured: 20,
  default: 20,
  place: 'default',
  effect: 'now',
  ...part,
});
const values = (text: string, part: Partial<Setting> = {}) => valuesOf([setting(part)], { x: text });

t.test('what is as it was is not sent, what is the default again is null', async (t) => {
  t.same(values('20'), { changes: {}, wrong: {} });
  t.same(values(' 30 ').changes, { x: 30 });
  t.same(values('20', { configured: 30 }).changes, { x: null });
  t.same(values('true', { type: 'boolean', configured: false, default: false }).changes, { x: true });
  t.same(values('', { type: 'text', configured: 'Studio', default: '' }).changes, { x: null });
});

t.test('what is no number of the range is told and not sent', async (t) => {
  for (const text of ['', '0', '101', '1.5', '-1', '1e1', 'many'])
    t.same(values(text), { changes: {}, wrong: { x: 'It takes a whole number from 1 to 100.' } }, text);
});
