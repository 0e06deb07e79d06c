// Pictures of a page, by the Chromium that is there.

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Playwright from 'playwright-core';
import { findProgram } from '../../src/find-program.ts';
import { install_kind } from '../../src/installation.ts';
import { UnwrittenError } from '../output.ts';

const width = 1300;

/** Says in a sentence what was made, or why nothing. Throws UnwrittenError. */
export async function picturesOf(page: string, dir: string): Promise<string> {
  if (install_kind !== 'checkout')
    return 'There are no pictures: what makes them is in a checkout alone (playwright-core).';
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
    .map((name) => findProgram(name))
    .find(Boolean);
  if (!executablePath) return 'There are no pictures: no Chromium is installed (Debian: chromium).';
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw new UnwrittenError(`${dir} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
  try {
    // What only develops has (package.json), so by its name alone: an installed kit goes without.
    const { chromium } = createRequire(import.meta.url)('playwright-core') as typeof Playwright;
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []; // it refuses root
    const browser = await chromium.launch({ executablePath, args });
    try {
      const made: string[] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        const tab = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
        await tab.goto(pathToFileURL(page).href);
        const path = resolve(dir, `report-${colorScheme}.png`);
        await tab.screenshot({ path, fullPage: true });
        made.push(path);
      }
      return `Pictures: ${made.join(', ')}.`;
    } finally {
      await browser.close();
    }
  } catch (error) {
    return `There are no pictures: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}.`;
  }
}
