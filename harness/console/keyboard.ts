// A page by keyboard alone: whatever can be used can be reached, and one sees where one is.

import type { Page } from 'playwright-core';

interface Reached {
  /** Controls that Tab never came to. */
  missed: string[];
  /** Controls on which nothing showed that they have the focus. */
  unseen: string[];
  count: number;
}

/** In the page: which controls it has, and whether it is seen that one has the focus. */
const eyesOn = (within: string) => `(() => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert], [aria-hidden="true"]');
  const controls = [...document.querySelectorAll('${within} :is(a[href], button, input, select, textarea, summary, [tabindex="0"])')]
    .filter((element) => seen(element) && !element.disabled && element.tabIndex >= 0)
    // Of those one of which is chosen Tab comes to that one, and arrows to the others.
    .filter((element) => element.getAttribute('role') !== 'radio' || element.ariaChecked === 'true');
  const nameOf = (element) =>
    element.localName + ' "' + (element.getAttribute('aria-label') || element.textContent || element.closest('.field')?.textContent || '').trim().slice(0, 60) + '"';
  const outlined = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
  };
  // The box of a switch or a tick is drawn beside its input, in the same label.
  const shows = (element) => [element, ...(element.closest('label')?.querySelectorAll('*') ?? [])].some(outlined);
  return { controls, nameOf, shows };
})()`;

/** More than any page has controls. */
const most_presses = 500;

/** Of the page proper; or of all that is around it, too. */
export async function byKeyboard(page: Page, within: '#page' | 'body' = '#page'): Promise<Reached> {
  const begin = `document.activeElement.blur(); document.querySelector('${within}').focus()`;
  await page.evaluate(`window.eyes = ${eyesOn(within)}; window.reached = []; ${begin}`);
  const count = await page.evaluate<number>('eyes.controls.length');
  const unseen: string[] = [];
  // Until a press leaves it: a page whose last part comes meanwhile has more of them than it had.
  for (let press = 0; press < most_presses; press++) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate<string | null | undefined>(`(() => {
      const { activeElement } = document;
      if (activeElement === document.body || !activeElement.closest('${within}')) return undefined;
      reached.push(activeElement);
      return eyes.shows(activeElement) ? null : eyes.nameOf(activeElement);
    })()`);
    if (hidden === undefined) break;
    if (hidden !== null) unseen.push(hidden);
  }
  await page.evaluate('document.activeElement.blur()');
  const missed = await page.evaluate<string[]>(
    'eyes.controls.filter((one) => one.isConnected && !reached.includes(one)).map(eyes.nameOf)',
  );
  return { missed, unseen, count };
}
