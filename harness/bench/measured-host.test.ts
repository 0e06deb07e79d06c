import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { MeasuredHost } from './measured-host.ts';

/** A checkout of which the host does this. */
function checkout(owner: Parameters<typeof folder>[0], does: string): string {
  const root = folder(owner);
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src/main.ts'), does);
  return root;
}
const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('punktfunk-bench-'));
const ready = `console.log('{"event":"ready"}');`;

t.test('a host that ends is not waited for, whenever it ends', async (t) => {
  const before = left();
  const at_once = checkout(t, `console.log('no display'); process.exit(1);`);
  await t.rejects(
    MeasuredHost.start(at_once, () => []),
    { message: 'the host ended:\nno display' },
  );
  // Nobody answers at its ports: it is asked to pair until it ends.
  const pairing = checkout(t, `${ready} setTimeout(() => process.exit(1), 300);`);
  const begun_ms = performance.now();
  await t.rejects(
    MeasuredHost.start(pairing, () => []),
    { message: /^the host ended:/ },
  );
  t.ok(performance.now() - begun_ms < 50_000, 'long before its time would be up');
  t.same(left(), before, 'and its folder is gone');
});

t.test('it is ended when nobody wants it any more', async (t) => {
  const told = new AbortController();
  const [asked, ended] = ['asked', 'ended'].map((name) => join(folder(t), name)) as [string, string];
  const waits = `import { writeFileSync } from 'node:fs';
    process.once('SIGTERM', () => { writeFileSync('${ended}', ''); process.exit(0); });
    writeFileSync('${asked}', ''); setInterval(() => {}, 1000);`;
  const starting = MeasuredHost.start(checkout(t, waits), () => [], told.signal);
  const abort = setInterval(() => existsSync(asked) && told.abort(), 20);
  await t.rejects(starting, { message: 'it was told to end' });
  clearInterval(abort);
  t.ok(existsSync(ended));
});
