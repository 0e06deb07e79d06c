// Which browser it is, of what it says of itself (User-Agent): each claims to be its forerunners, too, so the order counts.

import { words } from '../../words.ts';

const browsers = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const;
const systems = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

const named = (names: readonly (readonly [RegExp, string])[], agent: string) =>
  names.find(([pattern]) => pattern.test(agent))?.[1];

/** "Firefox on Linux"; of one that is not known its own word. */
export function browserName(agent: string): string {
  const browser = named(browsers, agent) ?? /^[^\s(]{1,40}/.exec(agent)?.[0];
  if (browser === undefined) return words.account.browsers.unknown;
  const system = named(systems, agent);
  return system === undefined ? browser : words.account.browsers.on(browser, system);
}
