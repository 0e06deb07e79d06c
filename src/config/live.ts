// The settings of a running host: what is in force, what the next start would take, and the one who changes them.

import { isDeepStrictEqual } from 'node:util';
import { PunktfunkError } from '../errors.ts';
import type { App } from './app.ts';
import { changeConfigFile, checkValue, readConfigFile, setting_names } from './file.ts';
import { type Config, type Found, findSettings, type Place, type TextSettings } from './load.ts';
import { defaults, type SettingName, type Settings, setting_help } from './schema.ts';

export interface SettingState {
  name: SettingName;
  /** In force. */
  value: Settings[SettingName];
  /** What a start would take now: another one where only a start brings it into force, or where the file was edited. */
  configured: Settings[SettingName];
  /** Where that comes from. */
  place: Place;
}

export class LiveConfig {
  /** The same object for good. */
  readonly current: Config;
  readonly #settings: Settings;
  readonly #flags: TextSettings;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #listeners: ((changed: readonly SettingName[]) => void)[] = [];

  /** Throws CONFIG_… naming the place and the setting. */
  constructor(data_dir: string, flags: TextSettings, environment: NodeJS.ProcessEnv) {
    this.#flags = flags;
    this.#environment = environment;
    this.#settings = findSettings(readConfigFile(data_dir), flags, environment).settings;
    this.current = Object.assign(this.#settings, { data_dir });
  }

  /** Told which settings have another value since this moment. */
  onChange(listener: (changed: readonly SettingName[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Of the file as it is now. Throws CONFIG_… when it was edited and is wrong. */
  list(): SettingState[] {
    const { settings, places } = this.#find(readConfigFile(this.current.data_dir));
    return setting_names.map((name) => ({
      name,
      value: this.#settings[name],
      configured: settings[name],
      place: places[name],
    }));
  }

  /**
   * Writes settings into the file, null for the default, and brings into force what can be now, what else the file was edited to hold among
   * it. Throws SETTING_UNKNOWN, SETTING_FIXED, CONFIG_…, DATA_NOT_WRITTEN; nothing is changed then.
   */
  change(wanted: Readonly<Record<string, unknown>>): void {
    const { places } = this.#find({});
    const edit: Partial<Record<SettingName, unknown>> = {};
    for (const [key, value] of Object.entries(wanted)) {
      const name = settableName(key);
      const place = places[name];
      if (place !== 'default')
        throw new PunktfunkError('SETTING_FIXED', {
          name,
          place: place === 'flag' ? 'the command line' : 'the environment',
        });
      if (value !== null) checkValue(name, value, `${JSON.stringify(value).slice(0, 256)}`);
      edit[name] = value ?? undefined;
    }
    this.#write(() => edit);
  }

  /** Changes the list of applications. Throws as change() does, and what `edit` throws. */
  changeApps(edit: (apps: readonly App[]) => readonly App[]): void {
    this.#write(({ apps = defaults().apps }) => ({ apps: edit(apps) }));
  }

  #write(edit: (present: Partial<Settings>) => Partial<Record<SettingName, unknown>>): void {
    const { settings } = this.#find(changeConfigFile(this.current.data_dir, edit));
    const changed = setting_names.filter(
      (name) => setting_help[name].effect !== 'restart' && !isDeepStrictEqual(settings[name], this.#settings[name]),
    );
    for (const name of changed) Object.assign(this.#settings, { [name]: settings[name] });
    if (changed.length > 0) for (const listener of this.#listeners) listener(changed);
  }

  #find(file: Partial<Settings>): Found {
    return findSettings(file, this.#flags, this.#environment);
  }
}

/** Throws SETTING_UNKNOWN. Applications are changed one by one, by who has just given the password. */
function settableName(key: string): SettingName {
  const settable = setting_names.filter((name) => name !== 'apps');
  const name = settable.find((known) => known === key);
  if (name === undefined)
    throw new PunktfunkError('SETTING_UNKNOWN', { name: key.slice(0, 64), known: settable.join(', ') });
  return name;
}
