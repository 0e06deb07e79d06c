// Sway: an output takes the client's mode while a stream is on, and goes back after.

import { reasonOf } from '../../errors.ts';
import type { WaylandConnection } from '../wayland-connection.ts';
import type { Driver } from './driver.ts';
import type { SwayOutput } from './sway-output.ts';
import { keepAwake, wlrootsTargets } from './wlroots.ts';

export interface SwayParts {
  wayland_display: string;
  connection: WaylandConnection;
  /** Its control socket. */
  socket: string;
  output: SwayOutput;
  /** Ours alone: nobody has a mode that he would like to keep. */
  ours: boolean;
}

export function swayDriver({ wayland_display, connection, socket, output, ours }: SwayParts): Driver {
  const { video, input } = wlrootsTargets(wayland_display, output.name, connection);
  return {
    description: `sway, ${output.name}`,
    capabilities: { exact_mode: output.name.startsWith('HEADLESS-'), max_outputs: 1 },
    environment: { SWAYSOCK: socket },
    gone: Promise.race([connection.closed, output.gone]),
    lease: async (mode, _, may_change) => {
      try {
        const told = await (may_change || ours ? output.setMode(mode) : output.switchOn());
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
      output.close();
      connection.close();
    },
  };
}
