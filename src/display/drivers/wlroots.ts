// A compositor of the wlroots family whose control socket we do not speak: captured and given input through its protocols, in its own mode.

import { reasonOf, type Shortcoming } from '../../errors.ts';
import type { WaylandConnection } from '../wayland-connection.ts';
import { type Driver, own_mode } from './driver.ts';

export const isWlroots = (connection: WaylandConnection): boolean => connection.offers('zwlr_screencopy_manager_v1');

const canInject = (connection: WaylandConnection): boolean =>
  connection.offers('zwlr_virtual_pointer_manager_v1') && connection.offers('zwp_virtual_keyboard_manager_v1');

export function wlrootsDriver(wayland_display: string, connection: WaylandConnection): Driver {
  const { video, input } = wlrootsTargets(wayland_display, '', connection);
  return {
    description: `${wayland_display}, wlroots`,
    capabilities: { exact_mode: false, max_outputs: 1 },
    video,
    environment: {},
    gone: connection.closed,
    open: async () => ({
      description: wayland_display,
      video,
      input,
      shortcomings: [own_mode, ...keepAwake(connection)],
      release: async () => connection.letSleep(),
    }),
    ask: () => connection.ping().then(() => undefined, reasonOf),
    isThere: async () => true,
    close: () => connection.close(),
  };
}

/** `output` empty: the compositor's first. */
export function wlrootsTargets(wayland_display: string, output: string, connection: WaylandConnection) {
  const target = { kind: 'wlroots' as const, wayland_display, output };
  const input = { ...target, seat: '', keyboard_layout: '', sway_socket: '' };
  return { video: target, input: canInject(connection) ? input : null };
}

/** Until connection.letSleep(). */
export const keepAwake = (connection: WaylandConnection): Shortcoming[] =>
  connection.stayAwake() ? [] : [{ code: 'may_sleep', parameters: {} }];
