// How long it takes until the first page shows what the host does: from the click on its address to the first figures, by a browser that
// is signed in, on a host that is warm. A benchmark: node harness/console/first-page.ts [ROUNDS]

import { cpus, loadavg } from 'node:os';
import type { Browser, BrowserContext } from 'playwright-core';
import t from 'tap';
import { openPictureHost } from '../e2e/picture-host.ts';
import { median } from '../kit/statistics.ts';
import { launch, newContext, skip } from './browser.ts';
import { signIn } from './guest.ts';

const rounds = Number(process.argv[2] ?? 15);

/** Milliseconds from the click. */
interface Times {
  document: number;
  scripts: number;
  /** Who is here. */
  session: number;
  status: number;
  shown: number;
}

const watch = `new MutationObserver(() => {
  if (!window.shown_at && document.body?.innerText.includes('Nobody streams.')) window.shown_at = performance.now();
}).observe(document, { childList: true, subtree: true });`;

const read = `(() => {
  const all = performance.getEntriesByType('resource');
  const ends = (pattern) => Math.max(...all.filter(({ name }) => pattern.test(name)).map(({ responseEnd }) => responseEnd));
  const [{ responseEnd }] = performance.getEntriesByType('navigation');
  return { document: responseEnd, scripts: ends(/\\.js$/), session: ends(/v1\\/session$/), status: ends(/v1\\/status$/), shown: shown_at };
})()`;

async function load(context: BrowserContext, address: string): Promise<Times> {
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(address);
  await page.getByText('Nobody streams.').waitFor();
  const times = (await page.evaluate(read)) as Times;
  await page.close();
  return times;
}

/** One that is signed in and has none of the console's files yet. */
async function fresh(browser: Browser, signed_in: BrowserContext): Promise<BrowserContext> {
  const context = await newContext(browser);
  await context.addCookies(await signed_in.cookies());
  return context;
}

t.setTimeout(600_000);
t.test('the first page', { skip }, async (t) => {
  const host = await openPictureHost(t);
  const browser = await launch(t);
  const context = await newContext(browser);
  const page = await context.newPage();
  await signIn(page, host);
  const address = new URL('/', page.url()).href;
  await page.close();
  const measured: Record<string, Times[]> = { 'nothing kept': [], 'files kept': [] };
  for (let round = 0; round < rounds; round++) {
    const first = await fresh(browser, context);
    measured['nothing kept']?.push(await load(first, address));
    await first.close();
    measured['files kept']?.push(await load(context, address));
  }
  t.comment(`${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds`);
  for (const [name, times] of Object.entries(measured)) {
    const of = (key: keyof Times) => times.map((one) => one[key]);
    const middle = (['document', 'scripts', 'session', 'status', 'shown'] as const).map(
      (key) => `${key} ${Math.round(median(of(key)))}`,
    );
    t.comment(`${name}: ${middle.join(', ')}, worst ${Math.round(Math.max(...of('shown')))} ms`);
  }
});
