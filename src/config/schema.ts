// Every setting of the host: one schema, one default each. The command line, the environment and the file are read against it.

import { hostname } from 'node:os';
import { type Static, Type } from 'typebox';
import { base_port_range, default_base_port } from '../ports.ts';

const max_title_length = 128;
const max_apps = 128;
/** xkb's names, a variant in parentheses; four are the most that a keyboard holds. */
const keyboard_layouts = '^(?:[\\w/]+(?:\\([\\w.+-]+\\))?(?:,(?!$)|$)){0,4}$';

export const App = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: max_title_length }),
    /** Program and arguments, started on the streamed desktop; none: the desktop itself. */
    command: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { minItems: 1, maxItems: 256 })),
  },
  { additionalProperties: false },
);
export type App = Static<typeof App>;

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
    encoder_preset: Type.Union([Type.Literal('ultrafast'), Type.Literal('superfast'), Type.Literal('veryfast')]),
    keyboard_layout: Type.String({ maxLength: 256, pattern: keyboard_layouts }),
    encryption: Type.Union([Type.Literal('offered'), Type.Literal('required')]),
    spare_engine: Type.Boolean(),
    discovery: Type.Boolean(),
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
  encoder_preset: 'superfast',
  keyboard_layout: '',
  encryption: 'offered',
  spare_engine: true,
  discovery: true,
  log_level: 'info',
});

interface SettingHelp {
  /** What stands after the flag. */
  value: string;
  help: string;
  /** What the setting takes, as the end of "NAME takes …". */
  takes?: string;
}

/** One line a setting, for --help and for messages. `apps` can only be set in the file. */
export const setting_help: Readonly<Record<SettingName, SettingHelp>> = {
  base_port: { value: 'PORT', help: 'HTTP port; all others derive from it' },
  bind: { value: 'ADDRESS', help: 'IPv4 address to listen on', takes: 'an IPv4 address of this machine' },
  name: { value: 'NAME', help: "name that clients show; without it the machine's own", takes: 'at most 63 characters' },
  display: {
    value: 'auto|session|embedded|synthetic',
    help: 'what is streamed: the session around us, our own desktop, or a test picture',
  },
  apps: {
    value: '',
    help: 'applications that clients list',
    takes: 'a list such as [{"title": "Terminal", "command": ["foot"]}]',
  },
  fec_percent: { value: '1-100', help: 'parity sent with the picture, in percent' },
  encoder_preset: { value: 'ultrafast|superfast|veryfast', help: 'how much work the software encoder does' },
  keyboard_layout: {
    value: 'LAYOUT',
    help: "keys of another layout than the desktop's: de, ch(fr), us,ru",
    takes: 'up to four xkb layouts such as de, ch(fr) or us,ru, or nothing: the one of the desktop',
  },
  encryption: { value: 'offered|required', help: 'encrypt picture and sound if the client wants, or always' },
  spare_engine: {
    value: 'true|false',
    help: 'keep an engine loaded (25 MB), so that streams begin and recover sooner',
  },
  discovery: { value: 'true|false', help: 'announce this host on the local network (mDNS)' },
  log_level: { value: 'error|warn|info|debug|trace', help: 'how much is logged' },
};
