import t from 'tap';
import { testCapabilities } from '../session/test-capabilities.ts';
import { run } from '../test-host.ts';
import '../test-limit.ts';
import type { DisplayChoice, EncoderSummary } from '../management/schema/machine.ts';
import { displaysOf, encodersOf } from './machine.ts';

t.test('each encoder works, or says why not and what to do', async (t) => {
  const [other, fake] = await encodersOf({ capabilities: async () => testCapabilities('some') });
  t.match(fake, { name: 'fake', codec: 'h264', works: true, reason: '', cure: '' });
  t.match(other, { name: 'other', works: false, reason: /other/ });
  t.not(other?.cure, '');
});

const displays = (display: 'auto' | 'synthetic', open?: { trouble: string | undefined }) =>
  displaysOf(
    { display },
    { describeDisplay: async () => open && { kind: 'embedded' as const, description: 'its own desktop', ...open } },
  );

t.test('the desktop that is open is asked, the others are looked for; one of them is chosen', async (t) => {
  const choices = await displays('auto', { trouble: undefined });
  t.same(
    choices.map(({ kind, open, chosen }) => ({ kind, open, chosen })),
    [
      { kind: 'session', open: false, chosen: false },
      { kind: 'embedded', open: true, chosen: true },
      { kind: 'synthetic', open: false, chosen: false },
    ],
  );
  t.match(choices[1], { state: 'ok', detail: 'its own desktop' });
  t.notMatch(choices[2], { detail: /is streamed/ });
  const hung = await displays('auto', { trouble: 'the compositor does not answer' });
  t.match(hung[1], { state: 'missing', detail: /does not answer/, cure: /restart/ });
  const closed = await displays('synthetic');
  t.match(closed[2], { open: false, chosen: true, state: 'ok' });
  for (const { state, cure } of closed) if (state === 'missing') t.not(cure, '', 'what is missing has a cure');
});

t.test('through the API', async (t) => {
  const { api } = await run(t);
  t.equal((await api.get<DisplayChoice[]>('/api/v1/displays')).length, 3);
  t.match(await api.get<EncoderSummary[]>('/api/v1/encoders'), [{ name: 'fake', works: true }]);
});
