// The Wayland session that is already there. Sway takes the client's mode; other wlroots compositors are captured as they are; everybody
// else is asked through the desktop portal.

import { join } from 'node:path';
import { reasonOf } from '../errors.ts';
import { Desktop } from './desktop.ts';
import { DesktopNote } from './desktop-note.ts';
import type { Display, DisplayOptions } from './display.ts';
import type { Driver } from './drivers/driver.ts';
import { portalDriver } from './drivers/portal.ts';
import { openSway } from './drivers/sway.ts';
import { SwayControl } from './drivers/sway-control.ts';
import { putBack } from './drivers/sway-output.ts';
import { isWlroots, wlrootsDriver } from './drivers/wlroots.ts';
import { type Found, findCompositor, swaySockets } from './find-session.ts';
import { machineKeyboard } from './keyboard-layout.ts';
import { SpawnedSways } from './spawned.ts';

const passed_on = [
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_CURRENT_DESKTOP',
  'XDG_SESSION_TYPE',
  'PIPEWIRE_REMOTE',
  'PIPEWIRE_RUNTIME_DIR',
] as const;

/** The session that would be streamed now, for people; undefined when none answers. */
export async function lookForSession(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const found = await findCompositor(environment);
  if (!found) return undefined;
  const how = isWlroots(found.connection) ? 'screencopy' : 'the desktop portal';
  found.connection.close();
  return `the Wayland session ${found.wayland_display}, captured through ${how}`;
}

/** Undefined when no session answers. */
export async function openFound(options: DisplayOptions): Promise<Display | undefined> {
  const environment = options.environment ?? process.env;
  const found = await findCompositor(environment);
  if (!found) return undefined;
  const driver = await chooseDriver(found, environment, options);
  const of_session = sessionEnvironment(found.wayland_display, environment);
  return new Desktop({
    kind: 'session',
    driver,
    further: new SpawnedSways(options, of_session),
    environment: of_session,
    describe: (driven) => `this session (${driven})`,
    isFirstChoice: () => driver.isThere(),
  });
}

async function chooseDriver(found: Found, environment: NodeJS.ProcessEnv, options: DisplayOptions): Promise<Driver> {
  const { wayland_display, connection } = found;
  const { data_dir, log } = options;
  if (!isWlroots(connection)) {
    const desktop = environment.XDG_CURRENT_DESKTOP ?? 'desktop';
    return portalDriver({ wayland_display, connection, desktop, data_dir });
  }
  for (const socket of swaySockets(environment, found.path)) {
    try {
      return await openFoundSway(found, socket, options);
    } catch (error) {
      log.warn(
        { event: 'sway_silent', socket },
        `Sway's control socket is of no use (${reasonOf(error)}); the desktop keeps its own mode.`,
      );
    }
  }
  return wlrootsDriver(wayland_display, connection);
}

async function openFoundSway({ wayland_display, connection }: Found, socket: string, options: DisplayOptions) {
  const control = await SwayControl.open(socket);
  try {
    const note = new DesktopNote(options.data_dir, control.compositor);
    await putBack(control, note, options.log);
    return await openSway({ wayland_display, connection, socket, control, note });
  } catch (error) {
    control.close();
    throw error;
  }
}

/** What a program needs to reach the session. The keyboard is for one that has none of its own, such as a seat without devices. */
function sessionEnvironment(wayland_display: string, environment: NodeJS.ProcessEnv): Record<string, string> {
  const of_session: Record<string, string> = { ...machineKeyboard(environment), WAYLAND_DISPLAY: wayland_display };
  for (const name of passed_on) {
    const value = environment[name];
    if (value !== undefined) of_session[name] = value;
  }
  of_session.DBUS_SESSION_BUS_ADDRESS ??= `unix:path=${join(environment.XDG_RUNTIME_DIR ?? '', 'bus')}`;
  return of_session;
}
