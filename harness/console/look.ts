// The page as it is now, looked at as people have it before them.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';
import { desk, pictures } from './browser.ts';

export const phone = { width: 390, height: 844 } as const;
const sizes = { phone, desk } as const;
/** Of the second appearance only what differs is examined: its colours. */
const themes = [
  { theme: 'light', rules: {} },
  { theme: 'dark', rules: { runOnly: ['color-contrast'] } },
] as const;

/** On a phone and on a desk, light and dark: it fits, axe finds nothing, and a picture is kept of each. */
export async function look(t: Test, page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  // Where it begins, whoever was at work on it.
  await page.evaluate('scrollTo(0, 0)');
  for (const [device, size] of Object.entries(sizes)) {
    await page.setViewportSize(size);
    for (const { theme, rules } of themes) {
      await page.emulateMedia({ colorScheme: theme });
      const what = `${name}, ${device}, ${theme}`;
      const path = join(pictures, `${name}-${device}-${theme}.png`);
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
      const fits = await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
      t.equal(fits, true, `${what}: nothing stands out at the side`);
      t.same(await violations(page, rules), [], `${what}: axe finds nothing`);
    }
  }
  await page.setViewportSize(desk);
  await page.emulateMedia({ colorScheme: null });
}

/** React Aria says there, for some seconds, what a button that waits was called; its name may be gone from the page by then. */
const announcer = '[data-live-announcer]';

/** What axe finds: the rule, where, and why. */
async function violations(page: Page, rules: axe.RunOptions | object): Promise<string[]> {
  // Not as an element of the page, whose policy allows none. It stays until the page is loaded anew.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const options = JSON.stringify({ resultTypes: ['violations'], ...rules });
  const asked = `axe.run({ exclude: ${JSON.stringify(announcer)} }, ${options})`;
  const found = (await page.evaluate(asked)) as axe.AxeResults;
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, target, failureSummary = '' }) =>
        `${id}: ${target.join(' ')}: ${html}: ${failureSummary.replaceAll('\n', ' ')}`,
    ),
  );
}
