// Settings from four places, the first that has one wins: command line, environment (PUNKTFUNK_BASE_PORT, …), <data-dir>/config.json,
// default.

import { checkValue, readConfigFile, setting_names } from './file.ts';
import { defaults, type SettingName, Settings } from './schema.ts';

/** Raw settings as text by name, as a command line or an environment gives them. */
export type TextSettings = { [N in SettingName]?: string | undefined };

/** Read by everybody, changed by its LiveConfig alone: whoever wants a change to count reads it when it counts. */
export interface Config extends Readonly<Settings> {
  readonly data_dir: string;
}

export type Place = 'flag' | 'environment' | 'file' | 'default';

export interface Found {
  settings: Settings;
  /** Where each comes from. */
  places: Record<SettingName, Place>;
}

/** `flags` and `environment` hold text; see the table of settings for what each takes. Throws CONFIG_… naming the place and the setting. */
export function loadConfig(data_dir: string, flags: TextSettings, environment: NodeJS.ProcessEnv): Config {
  return { ...findSettings(readConfigFile(data_dir), flags, environment).settings, data_dir };
}

/** Throws CONFIG_BAD_VALUE. */
export function findSettings(file: Partial<Settings>, flags: TextSettings, environment: NodeJS.ProcessEnv): Found {
  const settings = { ...defaults(), ...file };
  const places = Object.fromEntries(
    setting_names.map((name) => [name, Object.hasOwn(file, name) ? 'file' : 'default']),
  ) as Found['places'];
  for (const name of setting_names) {
    const variable = `PUNKTFUNK_${name.toUpperCase()}`;
    const flag = flags[name];
    const text = flag ?? environment[variable];
    if (text === undefined) continue;
    const value = fromText(name, text);
    checkValue(name, value, flag !== undefined ? `--${name.replaceAll('_', '-')} ${flag}` : `${variable}=${text}`);
    Object.assign(settings, { [name]: value });
    places[name] = flag !== undefined ? 'flag' : 'environment';
  }
  return { settings, places };
}

/** Text as the type that the setting has; what does not fit stays text and is refused by the schema. */
function fromText(name: SettingName, text: string): unknown {
  const schema = Settings.properties[name] as { type?: string };
  if (schema.type === 'integer') return /^-?\d{1,9}$/.test(text) ? Number(text) : text;
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}
