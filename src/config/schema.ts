// Every setting of the host: one schema, one default each. The command line, the environment and the file are read against it.

import { hostname } from 'node:os';
import { type Static, Type } from 'typebox';
import { base_port_range, default_base_port } from '../ports.ts';
import { App, max_apps } from './app.ts';

/** xkb's names, a variant in parentheses; four are the most that a keyboard holds. */
const keyboard_layouts = '^(?:[\\w/]+(?:\\([\\w.+-]+\\))?(?:,(?!$)|$)){0,4}$';

/** Settings that the file may hold. The data directory is where the file is, so it is not one of them. */
export const Settings = Type.Object(
  {
    base_port: Type.Integer(base_port_range),
    bind: Type.String({ pattern: '^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}$' }),
    /** Empty: the machine's own name, whatever it is at the time. */
    name: Type.String({ maxLength: 63, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
    display: Type.Union([
      Type.Literal('auto'),
      Type.Literal('session'),
      Type.Literal('embedded'),
      Type.Literal('synthetic'),
    ]),
    apps: Type.Array(App, { minItems: 1, maxItems: max_apps }),
    fec_percent: Type.Integer({ minimum: 1, maximum: 100 }),
    encoder_crf: Type.Integer({ minimum: 10, maximum: 40 }),
    encoder_preset: Type.Union([Type.Literal('ultrafast'), Type.Literal('superfast'), Type.Literal('veryfast')]),
    keyboard_layout: Type.String({ maxLength: 256, pattern: keyboard_layouts }),
    gamepad: Type.Union([
      Type.Literal('auto'),
      Type.Literal('xbox'),
      Type.Literal('dualsense'),
      Type.Literal('dualshock4'),
      Type.Literal('switch_pro'),
    ]),
    encryption: Type.Union([Type.Literal('offered'), Type.Literal('required')]),
    spare_engine: Type.Boolean(),
    discovery: Type.Boolean(),
    console: Type.Union([Type.Literal('network'), Type.Literal('local'), Type.Literal('off')]),
    first_visit_minutes: Type.Integer({ minimum: 0, maximum: 60 }),
    log_level: Type.Union([
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
      Type.Literal('trace'),
    ]),
  },
  { additionalProperties: false },
);
export type Settings = Static<typeof Settings>;
export type SettingName = keyof Settings;

/** The name that clients show now. */
export const shownName = ({ name }: Pick<Settings, 'name'>): string => name || hostname().slice(0, 63) || 'punktfunk';

export const defaults = (): Settings => ({
  base_port: default_base_port,
  bind: '0.0.0.0',
  name: '',
  display: 'auto',
  apps: [{ title: 'Desktop' }],
  fec_percent: 20,
  encoder_crf: 22,
  encoder_preset: 'superfast',
  keyboard_layout: '',
  gamepad: 'auto',
  encryption: 'offered',
  spare_engine: true,
  discovery: true,
  console: 'network',
  first_visit_minutes: 0,
  log_level: 'info',
});

/** When a change is in force: at once, with the next stream, with the next start of the host. */
export type Effect = 'now' | 'next_stream' | 'restart';

interface SettingHelp {
  /** What stands after the flag. */
  value: string;
  help: string;
  /** What the setting takes, as the end of "NAME takes …". */
  takes?: string;
  effect: Effect;
}

/** One line a setting, for --help, the console and messages. `apps` has no flag: it is in the file alone. */
export const setting_help: Readonly<Record<SettingName, SettingHelp>> = {
  base_port: { value: 'PORT', help: 'HTTP port; all others derive from it', effect: 'restart' },
  bind: {
    value: 'ADDRESS',
    help: 'IPv4 address to listen on',
    takes: 'an IPv4 address of this machine',
    effect: 'restart',
  },
  name: {
    value: 'NAME',
    help: "name that clients show; without it the machine's own",
    takes: 'at most 63 characters',
    effect: 'now',
  },
  display: {
    value: 'auto|session|embedded|synthetic',
    help: 'what is streamed: the session around us, our own desktop, or a test picture',
    effect: 'restart',
  },
  apps: {
    value: '',
    help: 'applications that clients list',
    takes: 'a list such as [{"title": "Terminal", "command": ["foot"]}]',
    effect: 'now',
  },
  fec_percent: { value: '1-100', help: 'parity sent with the picture, in percent', effect: 'next_stream' },
  encoder_crf: {
    value: '10-40',
    help: "when a moving picture is good enough (x264's CRF; less is better)",
    effect: 'next_stream',
  },
  encoder_preset: {
    value: 'ultrafast|superfast|veryfast',
    help: 'how much work the software encoder does',
    effect: 'next_stream',
  },
  keyboard_layout: {
    value: 'LAYOUT',
    help: "keys of another layout than the desktop's: de, ch(fr), us,ru",
    takes: 'up to four xkb layouts such as de, ch(fr) or us,ru, or nothing: the one of the desktop',
    effect: 'next_stream',
  },
  gamepad: {
    value: 'auto|xbox|dualsense|dualshock4|switch_pro',
    help: "what clients' gamepads are to programs here; auto: what is most like them",
    effect: 'next_stream',
  },
  encryption: {
    value: 'offered|required',
    help: 'encrypt picture and sound if the client wants, or always',
    effect: 'next_stream',
  },
  spare_engine: {
    value: 'true|false',
    help: 'keep an engine loaded (25 MB), so that streams begin and recover sooner',
    effect: 'now',
  },
  discovery: { value: 'true|false', help: 'announce this host on the local network (mDNS)', effect: 'now' },
  console: {
    value: 'network|local|off',
    help: 'who reaches the web console: the network, this machine alone, nobody',
    effect: 'restart',
  },
  first_visit_minutes: {
    value: '0-60',
    help: "minutes after the first boot in which a browser of the local network may choose the console's password",
    effect: 'restart',
  },
  log_level: { value: 'error|warn|info|debug|trace', help: 'how much is logged', effect: 'now' },
};

/** What a setting takes, as the end of "NAME takes …". */
export function takenBy(name: SettingName): string {
  const { minimum, maximum } = Settings.properties[name] as { minimum?: number; maximum?: number };
  if (minimum !== undefined) return `a whole number from ${minimum} to ${maximum}`;
  return setting_help[name].takes ?? setting_help[name].value.replaceAll('|', ', ');
}
