// What goes on around the console: a host that goes and comes back, a session that ends, links from elsewhere, an update, many windows:
// README.md here. A TAP program: node harness/console/troubles.ts

import type { Page } from 'playwright-core';
import { eventually } from '../../src/test-eventually.ts';
import '../../src/test-limit.ts';
import { openPictureHost, openProbe } from '../e2e/picture-host.ts';
import { anotherBrowser, walk } from './browser.ts';
import { goTo, password, press, setUp, signIn, told } from './guest.ts';
import { look } from './look.ts';

walk('a host that goes away, and comes back', async (t, { page }) => {
  const host = await openPictureHost(t);
  // All is asked anew once the host has said hello: the page knows then of which version it is.
  const heard = page.waitForRequest((request) => request.method() === 'GET' && /\/session$/.test(request.url()));
  await signIn(page, host);
  await page.getByText('Nobody streams.').waitFor();
  await heard;
  await host.stop('SIGKILL');
  await page.getByText('The host does not answer.').first().waitFor();
  await look(t, page, 'host-gone');
  const hello = JSON.stringify({ type: 'hello', id: null, time: new Date(), version: '9.9.9', gap: false });
  await page.route('**/api/v1/events', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `data: ${hello}\n\n` }),
  );
  await host.startAgain();
  await page.getByText('The host does not answer.').first().waitFor({ state: 'hidden' });
  await page.getByText('Nobody streams.').waitFor();
  await page.getByText('The host is of version 9.9.9 now.').waitFor();

  await host.stop('SIGKILL');
  await press(page, 'Clients');
  await page.getByRole('heading', { name: 'This page cannot be shown' }).waitFor();
  await host.startAgain();
  await page.getByText('No client is paired.').waitFor();
});

walk('a link from elsewhere, to a page, by one who is not signed in', async (t, { page, context, errors }) => {
  const host = await openPictureHost(t);
  await setUp(page, host);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Password').waitFor();
  const [address = ''] = (await told(host)).addresses;
  const elsewhere = await context.newPage();
  const follow = async (path: string) => {
    await elsewhere.goto('about:blank');
    await elsewhere.setContent(`<a href="${address}${path}">the console</a>`);
    await elsewhere.getByRole('link').click();
  };
  await follow('/settings');
  await elsewhere.getByLabel('Password').fill(password);
  await look(t, elsewhere, 'sign-in');
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await elsewhere.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await follow('/clients');
  await elsewhere.getByText('No client is paired.').waitFor();
  const on = elsewhere.getByRole('link', { name: 'The console' });
  await elsewhere.goto(`${address}/no/such/page/as/this`);
  await elsewhere.getByText('The host does not know this request.').waitFor();
  await on.click();
  await elsewhere.getByText('Nobody streams.').waitFor();
  await follow('/api/v1/status');
  await elsewhere.getByText('This was asked by a page that is not the one that signed in here.').waitFor();
  await on.waitFor();
  await elsewhere.goto(`${address}/no-such-page`);
  await elsewhere.getByRole('heading', { name: 'There is no such page.' }).waitFor();
  t.same(errors, [], 'no page made a mistake');
});

walk('a session that is ended from elsewhere, while its page is looked at', async (t, { page, errors }) => {
  const host = await openPictureHost(t);
  await setUp(page, host);
  await goTo(page, 'History');
  const [browser] = JSON.parse(`${await host.api('GET', '/browsers')}`) as { id: string }[];
  await host.api('DELETE', `/browsers/${browser?.id}`);
  await page.getByLabel('Password').waitFor();
  t.same(errors, [], 'no page made a mistake');
});

walk('a page whose parts an update took away', async (t, { page }) => {
  const host = await openPictureHost(t);
  await signIn(page, host);
  await page.getByText('Nobody streams.').waitFor();
  const gone = /\/assets\/clients-.*\.js$/;
  const loads: string[] = [];
  page.on('request', (request) => request.isNavigationRequest() && loads.push(request.url()));
  await page.route(gone, (route) => (loads.length === 0 ? route.fulfill({ status: 404 }) : route.continue()));
  await goTo(page, 'Clients');
  await page.getByText('No client is paired.').waitFor();
  t.equal(loads.length, 1, 'it was loaded anew, and is whole');

  await page.goto((await told(host)).addresses[0] ?? '');
  await page.getByText('Nobody streams.').waitFor();
  await page.unroute(gone);
  await page.route(gone, (route) => route.fulfill({ status: 404 }));
  await press(page, 'Clients');
  await page.getByText('A part of this page is not on the host.').waitFor();
  await look(t, page, 'part-missing');
  await page.unroute(gone);
  await page.getByRole('button', { name: 'Load the page again' }).click();
  await page.getByText('No client is paired.').waitFor();
});

walk('two who edit an application', async (t, { browser, page, errors }) => {
  const host = await openPictureHost(t, { apps: [{ title: 'Desktop' }, { title: 'Game', command: ['true'] }] });
  const other = await anotherBrowser(browser);
  const title = (who: Page) => who.getByLabel('Title');
  for (const who of [page, other]) {
    await signIn(who, host);
    await goTo(who, 'Applications');
    await who.getByRole('button', { name: 'Edit Game' }).click();
    await title(who).waitFor();
  }
  const save = async (who: Page, as: string) => {
    await title(who).fill(as);
    await who.getByRole('button', { name: 'Save' }).click();
  };
  for (const as of ['First', 'Second']) {
    await save(page, as);
    await page.getByRole('heading', { level: 1, name: as }).waitFor();
  }
  await save(other, 'Third');
  await other.getByText('Somebody else has changed Second since it was read here.').waitFor();
  await look(t, other, 'application-changed');
  t.same(errors, [], 'no page made a mistake');
});

const windows = 8;

walk('many windows of one browser', async (t, { page, context }) => {
  const host = await openPictureHost(t);
  let streams = 0;
  context.on('request', (request) => {
    if (request.resourceType() === 'eventsource') streams++;
  });
  await signIn(page, host);
  const others = await Promise.all(Array.from({ length: windows - 1 }, () => context.newPage()));
  const all = [page, ...others];
  for (const one of others) await one.goto(page.url());
  for (const one of all) await one.getByText('Nobody streams.').waitFor();
  const probe = await openProbe(host);
  const refusals: Promise<unknown>[] = [];
  const asks = async (who: Page[]) => {
    refusals.push(probe.pair('1234', 120_000).catch(() => 'refused'));
    for (const one of who) await one.getByText('1 client waits for a PIN.').waitFor();
    await host.api('POST', '/pairing/refuse', { address: '127.0.0.1' });
    for (const one of who) await one.getByText('1 client waits for a PIN.').waitFor({ state: 'hidden' });
  };
  await asks(all);
  await eventually('both connections', () => streams >= 2);
  t.equal(streams, 2, 'one connection for what happens, one for the statistics');
  await page.close();
  await asks(others);
  await Promise.all(refusals);
  await eventually('both connections anew', () => streams >= 4);
  t.equal(streams, 4, 'both are taken over');
});
