// Who comes to the console: how he gets in, and from page to page.

import type { Page } from 'playwright-core';
import { words } from '../../src/console/words.ts';
import type { TestHost } from '../e2e/host.ts';

interface Told {
  addresses: string[];
  set_up_code: string;
  /** Signed in, good once. */
  url: string;
}

/** What the machine itself tells. */
export const told = async (host: TestHost): Promise<Told> =>
  JSON.parse(await host.command('console', '--json')) as Told;

const menu = (page: Page) => page.getByRole('navigation', { name: 'Pages' });

/** By the link that the command of the machine prints. */
export async function signIn(page: Page, host: TestHost): Promise<void> {
  await page.goto((await told(host)).url);
  await menu(page).waitFor();
}

export const password = 'a sentence to keep';

/** The first visit: the password is chosen by the code that the host told. `beforeIt`: on a page that a wrong code was typed into. */
export async function setUp(page: Page, host: TestHost, beforeIt?: () => Promise<void>): Promise<void> {
  const { addresses, set_up_code } = await told(host);
  await page.goto(addresses[0] ?? '');
  const choose = page.getByRole('button', { name: 'Choose' });
  await page.getByLabel('New password').fill(password);
  if (beforeIt) {
    await page.getByLabel('Set-up code').fill('0000-0000');
    await choose.click();
    await page.getByRole('alert').waitFor();
    await beforeIt();
  }
  await page.getByLabel('Set-up code').fill(set_up_code);
  await choose.click();
  await menu(page).waitFor();
}

/** To a page that may not be shown. */
export const press = (page: Page, name: string): Promise<void> =>
  menu(page).getByRole('link', { name, exact: true }).click();

/** Until it is there: who is quicker may never leave the page where he is. */
export async function goTo(page: Page, name: string): Promise<void> {
  await press(page, name);
  const { host } = words.now;
  // The title of this one is what the host is called.
  const heading = name === words.pages.now ? { level: 2, name: host } : { level: 1, name };
  await page.getByRole('heading', { ...heading, exact: true }).waitFor();
}

export const pageNames = (page: Page): Promise<string[]> => menu(page).getByRole('link').allTextContents();
