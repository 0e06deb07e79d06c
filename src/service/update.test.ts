import t from 'tap';
import { Check } from 'typebox/schema';
import { version } from '../config/paths.ts';
import type { InstallKind } from '../installation.ts';
import { Update } from '../management/schema/host.ts';
import { updateStatus } from './update.ts';

const policy = (candidate: string) => `punktfunk:\n  Installed: 0.1.0-1\n  Candidate: ${candidate}\n  Version table:\n`;
const image = JSON.stringify({
  deployments: [
    { staged: true, version: '42.20261129' },
    { booted: true, version: '42' },
  ],
});

t.test('what is newer, as each package system tells it', async (t) => {
  const cases: [InstallKind, string, Partial<Record<keyof Update, unknown>>][] = [
    ['deb', policy('0.2.0-1'), { available: '0.2.0-1', cure: /apt-get/, restart: 'none' }],
    ['deb', policy('0.1.0-1'), { available: null, detail: /Nothing newer/ }],
    ['deb', policy('(none)'), { available: null, detail: /Nothing newer/ }],
    ['deb', '', { available: null, detail: /Nothing newer/ }],
    ['rpm', '0.2.0-1.fc44\n', { available: '0.2.0-1.fc44', cure: /dnf/ }],
    ['rpm', '', { available: null, detail: /Nothing newer/ }],
    ['arch', 'punktfunk 0.1.0-1 -> 0.2.0-1\n', { available: '0.2.0-1', cure: /pacman/ }],
    ['image', image, { available: '42.20261129', restart: 'machine', cure: /reboot/ }],
    ['image', '{"deployments": [{"booted": true}]}', { available: null, detail: /Nothing newer/ }],
    ['image', 'no JSON', { available: null, detail: /unknown: / }],
    ['checkout', '', { available: null, detail: /checkout/ }],
    ['sysext', '', { available: null, detail: /by hand/ }],
  ];
  for (const [kind, printed, expected] of cases) {
    const update = await updateStatus(kind, async () => printed);
    t.match(update, { running: version, installed: version, ...expected }, `${kind}: ${printed.slice(0, 20)}`);
    t.ok(Check(Update, update));
  }
});

t.test('a program that is not there, or fails, leaves it unknown with the reason', async (t) => {
  for (const kind of ['deb', 'rpm', 'arch', 'image'] as const) {
    const update = await updateStatus(kind, async (program) => {
      throw Object.assign(new Error(`spawn ${program} ENOENT`), { code: 'ENOENT' });
    });
    t.match(
      update,
      { available: null, detail: 'What is newer is unknown: no such file or directory.', restart: 'none' },
      kind,
    );
  }
  const none = await updateStatus('arch', async () => {
    throw Object.assign(new Error('Command failed'), { code: 1 });
  });
  t.match(none, { detail: /Nothing newer/ });
});
