// Settings from four places, the first that has one wins: command line, environment (PUNKTFUNK_BASE_PORT, …), <data-dir>/config.json,
// default.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Check, Errors } from 'typebox/schema';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { App, defaults, type SettingName, Settings, setting_help } from './schema.ts';

const max_file_bytes = 256 * 1024;
const setting_names = Object.keys(Settings.properties) as SettingName[];

/** Raw settings as text by name, as a command line or an environment gives them. */
export type TextSettings = Partial<Record<SettingName, string>>;

export interface Config extends Readonly<Settings> {
  readonly data_dir: string;
}

/** `flags` and `environment` hold text; see the table of settings for what each takes. Throws CONFIG_… naming the place and the setting. */
export function loadConfig(data_dir: string, flags: TextSettings, environment: NodeJS.ProcessEnv): Config {
  const settings = defaults();
  for (const [name, value] of readFile(join(data_dir, 'config.json'))) {
    setValue(settings, name, value, `"${name}" in ${join(data_dir, 'config.json')}`);
  }
  for (const name of setting_names) {
    const variable = environmentName(name);
    const flag = flags[name];
    const text = flag ?? environment[variable];
    if (text === undefined) continue;
    const source = flag !== undefined ? `--${name.replaceAll('_', '-')} ${flag}` : `${variable}=${text}`;
    setValue(settings, name, fromText(name, text), source);
  }
  return { ...settings, data_dir: data_dir };
}

const environmentName = (name: SettingName): string => `PUNKTFUNK_${name.toUpperCase()}`;

function readFile(path: string): [SettingName, unknown][] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // A data directory that cannot be is told by those who need it.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new PunktfunkError('CONFIG_UNREADABLE', { file: path, reason: reasonOf(error) });
  }
  if (text.length > max_file_bytes) {
    throw new PunktfunkError('CONFIG_UNREADABLE', { file: path, reason: `it is larger than ${max_file_bytes} bytes` });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PunktfunkError('CONFIG_UNREADABLE', { file: path, reason: `it is not JSON (${reasonOf(error)})` });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new PunktfunkError('CONFIG_UNREADABLE', { file: path, reason: 'it is not a JSON object' });
  }
  return Object.entries(parsed).map(([key, value]) => {
    const name = setting_names.find((known) => known === key);
    if (name === undefined) {
      throw new PunktfunkError('CONFIG_UNKNOWN_KEY', { file: path, key, known: setting_names.join(', ') });
    }
    return [name, value];
  });
}

/** Text as the type that the setting has; what does not fit stays text and is refused by the schema. */
function fromText(name: SettingName, text: string): unknown {
  const schema = Settings.properties[name] as { type?: string };
  if (schema.type === 'integer') return /^-?\d{1,9}$/.test(text) ? Number(text) : text;
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
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

function setValue(settings: Settings, name: SettingName, value: unknown, source: string): void {
  if (!Check(Settings.properties[name], value)) {
    const { minimum, maximum } = Settings.properties[name] as { minimum?: number; maximum?: number };
    const takes =
      minimum !== undefined
        ? `a whole number from ${minimum} to ${maximum}`
        : (setting_help[name].takes ?? setting_help[name].value.replaceAll('|', ', '));
    throw new PunktfunkError('CONFIG_BAD_VALUE', {
      source,
      reason: `${name} takes ${takes}${name === 'apps' ? badEntry(value) : ''}`,
      default: JSON.stringify(defaults()[name]),
    });
  }
  Object.assign(settings, { [name]: value });
}
