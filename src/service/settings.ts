// The settings of the host, as they can be seen and changed while it runs.

import type { LiveConfig, SettingState } from '../config/live.ts';
import { defaults, Settings, setting_help, takenBy } from '../config/schema.ts';
import type { HostEvents } from '../events.ts';
import type { SettingChange, SettingSummary } from '../management/schema/settings.ts';

export class SettingsService {
  readonly #live: LiveConfig;
  readonly #events: HostEvents;

  constructor(live: LiveConfig, events: HostEvents) {
    this.#live = live;
    this.#events = events;
  }

  /** All but the applications, which have their own routes. Throws CONFIG_… when the file was edited and is wrong. */
  list(): SettingSummary[] {
    return this.#live.list().flatMap((state) => (state.name === 'apps' ? [] : summaryOf(state)));
  }

  /** Throws SETTING_UNKNOWN, SETTING_FIXED, CONFIG_…, DATA_NOT_WRITTEN; nothing is changed then. */
  change(wanted: SettingChange): SettingSummary[] {
    this.#live.change(wanted);
    this.#events.tell({ type: 'list', step: 'changed', of: 'settings' });
    return this.list();
  }
}

function summaryOf({ name, value, configured, place }: SettingState): SettingSummary {
  const { help, effect } = setting_help[name];
  return {
    name,
    help,
    takes: takenBy(name),
    ...formOf(Settings.properties[name]),
    default: defaults()[name] as SettingSummary['default'],
    value: value as SettingSummary['value'],
    configured: configured as SettingSummary['configured'],
    place,
    fixed: place === 'flag' || place === 'environment',
    effect,
  };
}

/** What a page makes its field of. */
function formOf(schema: object): Pick<SettingSummary, 'type' | 'minimum' | 'maximum' | 'choices' | 'max_length'> {
  const { type, minimum, maximum, maxLength, anyOf } = schema as Partial<
    Record<'type' | 'minimum' | 'maximum' | 'maxLength' | 'anyOf', unknown>
  >;
  if (Array.isArray(anyOf)) return { type: 'choice', choices: anyOf.map(({ const: word }) => String(word)) };
  if (type === 'boolean') return { type };
  if (type === 'integer') return { type, minimum: Number(minimum), maximum: Number(maximum) };
  return { type: 'text', max_length: Number(maxLength ?? 64) };
}
