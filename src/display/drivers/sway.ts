// Sway: its output takes the client's mode while a stream is on, and goes back after.

import { reasonOf } from '../../errors.ts';
import type { DesktopNote } from '../desktop-note.ts';
import type { WaylandConnection } from '../wayland-connection.ts';
import type { Driver } from './driver.ts';
import type { SwayControl } from './sway-control.ts';
import { isVirtual, type OwnScreen, SwayOutput } from './sway-output.ts';
import { keepAwake, wlrootsTargets } from './wlroots.ts';

export interface SwayParts {
  wayland_display: string;
  connection: WaylandConnection;
  /** Path of its control socket. */
  socket: string;
  control: SwayControl;
  /** Of a Sway that outlives this host. None: it is ours, and ends with it; nobody has a mode in it that he would like to keep. */
  note?: DesktopNote;
  /** What a Sway of ours shows its output on. */
  screen?: OwnScreen;
}

export async function openSway({
  wayland_display,
  connection,
  socket,
  control,
  note,
  screen,
}: SwayParts): Promise<Driver> {
  const output = await SwayOutput.first(control, note, screen);
  const { video, input } = wlrootsTargets(wayland_display, output.name, connection);
  return {
    description: `sway, ${output.name}`,
    capabilities: { exact_mode: screen !== undefined || isVirtual(output.name), max_outputs: 1 },
    video,
    environment: { WAYLAND_DISPLAY: wayland_display, SWAYSOCK: socket },
    gone: Promise.race([connection.closed, control.gone]),
    open: async (mode, may_change) => {
      try {
        const told = await (may_change || !note ? output.setMode(mode) : output.switchOn());
        return {
          description: output.name,
          video,
          input: input && { ...input, sway_socket: socket },
          shortcomings: [...told, ...keepAwake(connection)],
          release: () => {
            connection.letSleep();
            return output.restoreMode();
          },
        };
      } catch (error) {
        await output.restoreMode().catch(() => {}); // it refuses or is gone, which is what is told
        throw error;
      }
    },
    ask: () => connection.ping().then(() => undefined, reasonOf),
    isThere: () => output.isThere(),
    close: () => {
      control.close();
      connection.close();
    },
  };
}
