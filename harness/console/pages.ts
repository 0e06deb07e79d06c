// Every page of a host that has been used for a while, on a phone and on a desk, light and dark, and by keyboard alone: README.md here. A
// TAP program: node harness/console/pages.ts

import type { Locator, Page } from 'playwright-core';
import '../../src/test-limit.ts';
import { openPictureHost } from '../e2e/picture-host.ts';
import { anotherBrowser, noticed, walk } from './browser.ts';
import { client, long_title, openFilledHost } from './fill.ts';
import { goTo, pageNames, signIn } from './guest.ts';
import { byKeyboard } from './keyboard.ts';
import { look, phone } from './look.ts';

/** What is there once a page is whole. */
const marks: Readonly<Record<string, (page: Page) => Locator>> = {
  Now: (page) => page.getByText(/of the last \d{3} took longer/),
  Pair: (page) => page.getByRole('img', { name: /^QR code/ }),
  Clients: (page) => page.getByText(client),
  Applications: (page) => page.getByText(long_title),
  Settings: (page) => page.getByLabel('Name of this host'),
  'Desktops, encoders': (page) => page.getByText('libx264'),
  Doctor: (page) => page.getByRole('button', { name: 'Look now' }),
  History: (page) => page.getByText('A damaged recording'),
  Measure: (page) => page.getByText(/^It was cancelled/),
  Logs: (page) => page.locator('.log-line'),
  Account: (page) => page.getByText('home automation in the basement'),
};

walk('every page', async (t, { page, errors }) => {
  const { host, probe } = await openFilledHost(t);
  const stream = await probe.stream({ width: 1280, height: 720, fps: 30, bitrate_kbps: 4000 });
  t.teardown(() => stream.stop());
  await signIn(page, host);
  for (const name of await pageNames(page)) {
    await goTo(page, name);
    const mark = marks[name];
    t.ok(mark, `${name}: it is known here what it shows`);
    await mark?.(page).first().waitFor();
    const { missed, unseen, count } = await byKeyboard(page);
    t.same({ missed, unseen }, { missed: [], unseen: [] }, `${name}: its ${count} controls by keyboard`);
    await look(t, page, `page-${name.toLowerCase().replaceAll(/\W+/g, '-')}`);
  }
  t.same(errors, [], 'no page made a mistake');
});

walk('around the pages, by keyboard alone', async (t, { page }) => {
  await signIn(page, await openPictureHost(t));
  await page.getByText('Nobody streams.').waitFor();
  const { missed, unseen, count } = await byKeyboard(page, 'body');
  t.same({ missed, unseen }, { missed: [], unseen: [] }, `${count} controls`);
  await page.reload();
  await page.getByText('Nobody streams.').waitFor();
  const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
  await page.keyboard.press('Tab');
  t.equal(await focused(), 'Skip to the page', 'first of all');
  for (let press = 0; press < count && (await focused()) !== 'Clients'; press++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('No client is paired.').waitFor();

  await page.setViewportSize(phone);
  await page.getByRole('button', { name: 'Menu' }).press('Enter');
  await page.getByRole('dialog').getByRole('link', { name: 'Settings' }).waitFor();
  await look(t, page, 'menu');
  await page.setViewportSize(phone);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

walk('what is behind the pages', async (t, { browser, page, errors }) => {
  const { host } = await openFilledHost(t);
  await signIn(page, host);
  await goTo(page, 'Applications');
  await page.getByRole('button', { name: `Edit ${long_title}` }).click();
  await page.getByLabel('Working directory').waitFor();
  await look(t, page, 'application');
  await goTo(page, 'History');
  await page.getByText('A damaged recording').waitFor();
  for (const tick of await page.getByRole('checkbox', { name: new RegExp(`${client}$`) }).all())
    await tick.check({ force: true });
  await page.getByRole('button', { name: 'Compare the two' }).click();
  await page.locator('.plot canvas').last().waitFor();
  await look(t, page, 'history-two');
  await goTo(page, 'Measure');
  await page.getByRole('link', { name: /2026/ }).first().click();
  await page.getByRole('table', { name: 'Where the time goes' }).waitFor();
  await look(t, page, 'measured');
  await page.getByRole('link', { name: 'All measurements' }).click();
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await page.getByText(/^Part 1 of 4/).waitFor();
  await look(t, page, 'measuring');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page
    .getByText(/^It was cancelled/)
    .nth(1)
    .waitFor();
  await goTo(page, 'Doctor');
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByRole('button', { name: 'Look again' }).waitFor();
  await look(t, page, 'doctor-looked');
  await goTo(page, 'Account');
  await page.getByRole('button', { name: /^Revoke prometheus/ }).click();
  await look(t, page, 'account-revoke');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  const others = await Promise.all([1, 2, 3].map(() => anotherBrowser(browser)));
  for (const other of others) await signIn(other, host);
  // Nobody asks for them: the host tells a page that is looked at that its list is old.
  const ends = page.getByRole('button', { name: /^Sign out .* at 127\.0\.0\.1$/ });
  await ends.nth(2).waitFor();
  await look(t, page, 'account-browsers');
  await ends.first().click();
  await noticed(page, ' is signed out.');
  await ends.nth(2).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Sign all others out' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign all others out' }).click();
  await noticed(page, 'All other browsers are signed out.');
  for (const other of others) await other.getByRole('heading', { name: 'Choose the password' }).waitFor();
  await ends.first().waitFor({ state: 'detached' });
  t.equal(await ends.count(), 0, 'this one is left');
  t.same(errors, [], 'no page made a mistake');
});
