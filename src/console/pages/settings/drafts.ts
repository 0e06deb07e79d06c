// What was typed into the settings and is not saved yet, held against what the host says that each takes.

import type { components } from '../../../api/schema.ts';
import { words } from '../../words.ts';

export type Setting = components['schemas']['SettingSummary'];
export type Value = Setting['value'];
/** By name, as typed. */
export type Drafts = Readonly<Record<string, string>>;

const say = words.settings;

export const shown = (value: Value): string => String(value);

/** What is to be sent: null where it is the default again. */
export function valuesOf(
  settings: readonly Setting[],
  drafts: Drafts,
): { changes: Record<string, Value | null>; wrong: Record<string, string> } {
  const changes: Record<string, Value | null> = {};
  const wrong: Record<string, string> = {};
  for (const setting of settings) {
    const { name, configured, takes, default: standard } = setting;
    const text = drafts[name]?.trim();
    if (text === undefined || text === shown(configured)) continue;
    const value = readValue(text, setting);
    if (value === undefined) wrong[name] = say.takes(takes);
    else changes[name] = value === standard ? null : value;
  }
  return { changes, wrong };
}

/** Undefined: it takes something else. What a text may be, the host knows. */
function readValue(text: string, { type, minimum = 0, maximum = 0 }: Setting): Value | undefined {
  if (type === 'boolean') return text === 'true';
  if (type !== 'integer') return text;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return number >= minimum && number <= maximum ? number : undefined;
}
