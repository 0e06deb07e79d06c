// <data-dir>/config.json: what a person wrote there, and what is changed in it without losing the rest.

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Check, Errors } from 'typebox/schema';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import { readPlainFile } from '../plain-file.ts';
import { App } from './app.ts';
import { defaults, type SettingName, Settings, takenBy } from './schema.ts';

const max_file_bytes = 256 * 1024;
export const setting_names = Object.keys(Settings.properties) as SettingName[];

const configFile = (data_dir: string): string => join(data_dir, 'config.json');

/** The settings that the file has; none without a file. Throws CONFIG_… naming the file and the setting. */
export const readConfigFile = (data_dir: string): Partial<Settings> =>
  parse(readText(configFile(data_dir)), configFile(data_dir));

/**
 * Reads the file again, so that what was written there meanwhile stays, changes it (undefined: removed) and writes it as it was written:
 * in its order, with its indentation. Returns what it then has. Throws CONFIG_…, DATA_NOT_WRITTEN; the file is as it was then.
 */
export function changeConfigFile(
  data_dir: string,
  edit: (present: Partial<Settings>) => Partial<Record<SettingName, unknown>>,
): Partial<Settings> {
  const path = configFile(data_dir);
  const before = readText(path);
  const present = parse(before, path);
  // Undefined values are left out by JSON.
  const text = `${JSON.stringify({ ...present, ...edit(present) }, null, indentationOf(before))}\n`;
  const after = parse(text, path);
  writeFileAtomically(targetOf(path), text);
  return after;
}

/** Throws CONFIG_BAD_VALUE; `source` begins the sentence. */
export function checkValue(name: SettingName, value: unknown, source: string): void {
  if (Check(Settings.properties[name], value)) return;
  throw new PunktfunkError('CONFIG_BAD_VALUE', {
    source,
    reason: `${name} takes ${takenBy(name)}${name === 'apps' ? badEntry(value) : ''}`,
    default: JSON.stringify(defaults()[name]),
  });
}

/** Undefined: there is none. */
function readText(path: string): string | undefined {
  try {
    return readPlainFile(path, { max_bytes: max_file_bytes, follow: true }).toString();
  } catch (error) {
    // A data directory that cannot be is told by those who need it.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(path, reasonOf(error));
  }
}

const unreadable = (file: string, reason: string) => new PunktfunkError('CONFIG_UNREADABLE', { file, reason });

function parse(text: string | undefined, file: string): Partial<Settings> {
  if (text === undefined) return {};
  if (text.length > max_file_bytes) throw unreadable(file, `it is larger than ${max_file_bytes} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, `it is not JSON (${reasonOf(error)})`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw unreadable(file, 'it is not a JSON object');
  for (const [key, value] of Object.entries(parsed)) {
    const name = setting_names.find((known) => known === key);
    if (name === undefined)
      throw new PunktfunkError('CONFIG_UNKNOWN_KEY', { file, key, known: setting_names.join(', ') });
    checkValue(name, value, `"${name}" in ${file}`);
  }
  return parsed;
}

/** What stands before the first key: a file on one line has none. */
function indentationOf(text: string | undefined): string {
  if (text === undefined) return '  ';
  return /^\s*\{\r?\n([ \t]{1,8})"/.exec(text)?.[1] ?? (text.trim().includes('\n') ? '  ' : '');
}

/** A link stays one: what it leads to is replaced. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Which application of a list is wrong, and how. */
function badEntry(apps: unknown): string {
  if (!Array.isArray(apps)) return '';
  const index = apps.findIndex((app) => !Check(App, app));
  if (index < 0) return '';
  const [, [first]] = Errors(App, apps[index]);
  const { title } = (apps[index] ?? {}) as { title?: unknown };
  const where = `${typeof title === 'string' ? ` (${JSON.stringify(title.slice(0, 64))})` : ''}${first?.instancePath.replaceAll('/', ' ') ?? ''}`;
  return `; entry ${index + 1}${where} ${first?.keyword === 'boolean' ? 'is no key of it' : (first?.message ?? 'is not one')}`;
}
