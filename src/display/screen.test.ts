// The thread of a screen, when it fails.

import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { Screen } from './screen.ts';
import { message, text, word } from './wayland-wire.ts';

/** With a compositor that shows a picture on it. */
async function screenAt(t: Test, refresh_mhz: number) {
  const screen = await Screen.open(join(folder(t), 'screen'), refresh_mhz, 1_000);
  t.teardown(() => screen.close());
  const compositor = connect(screen.path);
  compositor.resume();
  compositor.on('error', () => {}); // reset, when it had something to say
  const left = new Promise((resolve) => compositor.once('close', resolve));
  await once(compositor, 'connect');
  const [display, registry, global, surface, callback] = [1, 2, 3, 4, 5];
  const bound = message(registry, 0, word(0), text('wl_compositor'), word(1), word(global));
  const made = message(global, 0, word(surface));
  const shown = [message(surface, 3, word(callback)), message(surface, 6)];
  compositor.write(Buffer.concat([message(display, 1, word(registry)), bound, made, ...shown]));
  return { screen, left };
}

t.test('one whose thread hangs lets its compositor go, and says so', async (t) => {
  const { screen, left } = await screenAt(t, 0); // the next picture is never due, which it waits for
  t.match(await screen.failed, /hangs/);
  await left;
});

t.test('one whose thread throws does, too', async (t) => {
  const { screen, left } = await screenAt(t, 60_000);
  screen.setRate(1n as unknown as number);
  t.match(await screen.failed, /BigInt/);
  await left;
});

t.test('one that is closed has not failed', async (t) => {
  const { screen, left } = await screenAt(t, 60_000);
  await screen.close();
  await left;
  t.equal(await Promise.race([screen.failed, 'closed']), 'closed');
});
