// Where keys, buttons and movements go.

import { Type } from 'typebox';
import { type Static, struct, Text, tagged, words } from './schema.ts';

const WlrootsInputTarget = struct('WlrootsInputTarget', {
  kind: Type.Literal('wlroots'),
  wayland_display: Text(256),
  /** Absolute positions are its; empty: the whole layout's. */
  output: Text(128),
  /** wl_seat's name; empty: the first. */
  seat: Text(128),
  /** Instead of the desktop's own: "de", "ch(fr)", "us,ru"; empty: the desktop's. */
  keyboard_layout: Text(256),
  /** Sway's control socket, which tells the active one of several layouts; empty: none. */
  sway_socket: Text(4096),
});

/** Of a desktop that takes input. */
export type DesktopInput = Static<typeof WlrootsInputTarget>;

/** Nowhere: the client may look and listen, and is told so once when it tries. */
const ForbiddenInput = struct('ForbiddenInput', { kind: Type.Literal('forbidden') });

export const InputTarget = tagged('InputTarget', 'kind', [WlrootsInputTarget, ForbiddenInput]);
export type InputTarget = Static<typeof InputTarget>;

const Gamepad = words('Gamepad', ['automatic', 'xbox', 'dualsense', 'dualshock4', 'switch_pro']);

/** The client's gamepads, made as devices of the kernel. */
export const Pads = struct('Pads', {
  /** As what they are shown to programs; automatic: as what is most like the client's. */
  model: Gamepad,
  /** Whose they are: 8 hexadecimal digits, the same each time. */
  seat: Text(8),
});
export type Pads = Static<typeof Pads>;
