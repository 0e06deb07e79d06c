// A person's way through the console, in a browser, on a host that streams to the probe: README.md here. A TAP program:
// node harness/console/walk.ts

import type { Page } from 'playwright-core';
import { eventually } from '../../src/test-eventually.ts';
import '../../src/test-limit.ts';
import { openPictureHost, openProbe } from '../e2e/picture-host.ts';
import { noticed, walk } from './browser.ts';
import { goTo, setUp } from './guest.ts';
import { look } from './look.ts';

/** Types the PIN for the client that waits. */
async function givePin(page: Page, pin: string, name: string): Promise<void> {
  await goTo(page, 'Pair');
  await page.getByLabel('PIN').fill(pin);
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Pair', exact: true }).click();
}

walk('from the first visit to the end of a client', async (t, { page, errors }) => {
  const host = await openPictureHost(t);
  await setUp(page, host, () => look(t, page, 'set-up-wrong-code'));
  const probe = await openProbe(host);

  const wrong = probe.pair('1234', 120_000).then(
    () => 'paired',
    () => 'refused',
  );
  await givePin(page, '4321', '');
  await page
    .getByRole('alert')
    .getByText(/the PIN was (probably )?wrong/)
    .waitFor();
  t.equal(await wrong, 'refused', 'a wrong PIN pairs nobody');

  // Three seconds, which a busy machine may take to show them: here they last.
  const waiting = '**/api/v1/pairing';
  await page.route(waiting, async (route) => {
    const response = await route.fetch();
    const clients = (await response.json()) as object[];
    await route.fulfill({ response, json: clients.map((client) => ({ ...client, pause_s: 9 })) });
  });
  const refused = probe.pair('1234', 120_000).catch(() => 'refused');
  await page.getByText(/the next PIN goes to its client in \d s/).waitFor();
  await look(t, page, 'pair-wrong-pin');
  await page.unroute(waiting);
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.getByText('127.0.0.1 waits no more: it was refused at the host.').waitFor();
  t.equal(await refused, 'refused');

  const paired = probe.pair('1234', 120_000);
  await page.getByText(/waits for \d+ s, \d+ min \d+ s more/).waitFor();
  await look(t, page, 'pair-waiting');
  const late = { code: 'NO_CLIENT_WAITING', message: 'No client is asking to pair.', cure: 'Run this command.' };
  await page.route('**/pairing/approve', (route) => route.fulfill({ status: 409, json: late }), { times: 1 });
  await givePin(page, '1111', '');
  await page.getByText('That client waits no more: it gave up, or its time was over.').waitFor();
  await givePin(page, '1234', 'Living room');
  await page.getByText('Living room is paired.').waitFor();
  await paired;

  const stream = await probe.stream({ width: 1280, height: 720, fps: 30, bitrate_kbps: 4000 });
  t.teardown(() => stream.stop());
  await goTo(page, 'Now');
  await page.getByText('Living room').first().waitFor();
  await page.locator('.plot canvas').first().waitFor();
  const drawn = await eventually('a line in a plot', async () => (await pixelsOfLines(page)) || undefined);
  await eventually('a line that grows', async () => (await pixelsOfLines(page)) > 2 * drawn);

  await goTo(page, 'Clients');
  await page.getByRole('button', { name: 'Edit Living room' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Tablet');
  await look(t, page, 'clients-edit');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await noticed(page, 'Tablet is saved.');
  await page.getByRole('button', { name: 'Revoke Tablet' }).click();
  await look(t, page, 'clients-revoke');
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await noticed(page, 'Tablet can no longer stream.');
  await eventually('the end of its stream', async () => (await host.status()).sessions.length === 0);
  t.same(errors, [], 'no page made a mistake');
});

/** How much of the plots has the colour of their first line, as the page has it: axes alone have none of it. */
function pixelsOfLines(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--accent)';
    const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
    probe.remove();
    let count = 0;
    for (const canvas of document.querySelectorAll('.plot canvas')) {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] > 128 && wanted.every((value, of) => Math.abs(data[at + of] - value) < 24)) count += 1;
    }
    return count;
  })()`);
}
