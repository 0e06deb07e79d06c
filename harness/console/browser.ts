// A browser on the console: Debian's Chromium, told what to do by playwright-core. What it and the page say is kept, and told when
// something goes wrong.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { findProgram } from '../../src/find-program.ts';
import { eventually } from '../../src/test-eventually.ts';

const root = resolve(import.meta.dirname, '../..');
const chromium_path = findProgram('chromium');
/** Screenshots of the latest run, for people to look at. */
export const pictures = join(root, 'build/console-pictures');
export const desk = { width: 1440, height: 900 } as const;

/** For what a page shows; met on a busy machine. */
const limit_ms = 60_000;

const needed = ['native/lib/punktfunk_engine.node', 'native/lib/punktfunk_client.node', 'console/index.html'];
const absent = needed.find((path) => !existsSync(join(root, 'build', path)));
export const skip =
  chromium_path === undefined
    ? 'chromium is missing (Debian: chromium)'
    : absent !== undefined && `build/${absent} is not there (npm run setup)`;

export interface Visit {
  browser: Browser;
  context: BrowserContext;
  page: Page;
  /** Of scripts, and of what the Content-Security-Policy refused. */
  errors: string[];
  /** The latest that the browser said: of its console, of requests that failed, of its end. */
  said: string[];
}

/** A test with a browser that nobody has used before. */
export function walk(name: string, way: (t: Test, visit: Visit) => Promise<void>): void {
  t.test(name, { skip }, async (t) => {
    const visit = await open(t);
    rmSync(pictureOf(name), { force: true });
    try {
      await way(t, visit);
    } catch (error) {
      const what = stripVTControlCharacters(error instanceof Error ? (error.stack ?? error.message) : String(error));
      t.fail(what, { seen: await account(visit, name), at: null, stack: '' });
      return;
    }
    if (!t.passing()) t.comment((await account(visit, name)).join('\n'));
  });
}

export async function launch(t: Test): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromium_path ?? '',
    // Its sandbox refuses root, as whom CI runs. A picture is as good without a graphics process, and nothing waits for it.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
  });
  t.teardown(() => browser.close());
  return browser;
}

async function open(t: Test): Promise<Visit> {
  const browser = await launch(t);
  const context = await newContext(browser);
  const [errors, said]: [string[], string[]] = [[], []];
  browser.on('disconnected', () => said.push('the browser is gone'));
  context.on('page', (page) => {
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('crash', () => said.push('the page crashed'));
    page.on('requestfailed', (request) => said.push(`${request.url()}: ${request.failure()?.errorText}`));
    page.on('console', (message) => {
      said.push(`${message.type()}: ${message.text()}`);
      // What a request is answered with is the page's to show; the browser's line about it says nothing more.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        errors.push(message.text());
    });
  });
  return { browser, context, page: await context.newPage(), errors, said };
}

export async function newContext(browser: Browser): Promise<BrowserContext> {
  // The host's certificate is its own; people compare its fingerprint.
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: desk, reducedMotion: 'reduce' });
  context.setDefaultTimeout(limit_ms);
  await context.addInitScript(noting);
  return context;
}

/** To the host it is one, with cookies of its own. */
/** Keeps what a page says at its edge for some seconds: a busy machine may look later. */
const noting = `window.noted = [];
new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const node of addedNodes) if (node.matches?.('.notices > *')) noted.push(node.innerText);
}).observe(document, { childList: true, subtree: true });`;

/** Until the page has said so since it was loaded, whether or not it is still there to read. */
export const noticed = (page: Page, sentence: string): Promise<boolean> =>
  eventually(`a notice, "${sentence}"`, () =>
    page.evaluate<boolean>(`noted.some((said) => said.includes(${JSON.stringify(sentence)}))`),
  );

export const anotherBrowser = async (browser: Browser): Promise<Page> => (await newContext(browser)).newPage();

const pictureOf = (name: string): string => join(pictures, `failed-${name.replaceAll(/\W+/g, '-')}.png`);

/** What there was to see when something went wrong. */
async function account({ page, errors, said }: Visit, name: string): Promise<string[]> {
  mkdirSync(pictures, { recursive: true });
  const path = pictureOf(name);
  const picture = page.screenshot({ path, timeout: 10_000 }).then(
    () => `a picture of it: ${relative(root, path)}`,
    (error: Error) => `no picture of it: ${error.message.split('\n')[0]}`,
  );
  const text = page
    .locator('main')
    .ariaSnapshot({ timeout: 5000 })
    .catch(() => 'nothing');
  return [
    `at ${page.url()}; ${await picture}`,
    ...errors.slice(-5).map((error) => `error: ${error.split('\n', 1)}`),
    ...said.slice(-5),
    ...(await text).split('\n').slice(0, 40),
  ];
}
