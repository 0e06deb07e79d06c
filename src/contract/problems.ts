// What can go wrong in an engine: a code, and parameters for the sentence that src/errors.ts has for it. A system's own word (strerror,
// PipeWire's error) is a parameter; sentences and cures are not.

import { Type } from 'typebox';
import { struct, Text } from './schema.ts';

const text = 'text';
const whole = 'whole';

/** Each code with its parameters, in the order of its maker in C++ (native/contract/problems.h). */
export const problem_parameters = {
  // the engine's process
  engine_unloadable: { reason: text },
  message_refused: { reason: text },
  started_twice: {},
  no_descriptors: {},
  checkpoint_unusable: { path: text, reason: text },
  checkpoint_foreign: { path: text },

  // picture
  encoder_missing: { library: text },
  encoder_unusable: { library: text, reason: text },
  no_memory: { bytes: whole, reason: text },
  picture_size_unusable: { width: whole, height: whole, stride: whole },
  picture_format_unusable: { format: text },
  synthetic_impossible: { width: whole, height: whole, fps: whole },
  capture_unusable: { reason: text },
  /** A size, rate or bit rate that no encoder here takes. */
  picture_impossible: { width: whole, height: whole, fps: whole, bitrate_kbps: whole },
  /** reasons: each library with its own. */
  no_encoder: { directory: text, reasons: text },
  encode_failed: { encoder: text, reason: text },
  picture_too_large: { bytes: whole, most_bytes: whole },
  bitrate_refused: { encoder: text, bitrate_kbps: whole, reason: text },
  preview_failed: { reason: text },

  // a compositor, for picture and input
  wayland_unreachable: { display: text, reason: text },
  compositor_silent: { milliseconds: whole },
  compositor_gone: { reason: text },
  compositor_refused: { interface: text, error: whole },
  screencopy_missing: {},
  output_missing: { output: text, outputs: text },
  output_asleep: { output: text },
  output_silent: { output: text, milliseconds: whole },
  output_removed: { output: text },

  // a picture by PipeWire
  pipewire_unloadable: { reason: text },
  pipewire_unreachable: { reason: text },
  pipewire_gone: { reason: text },
  node_missing: { node: whole },
  node_gone: { node: whole },
  node_refused: { node: whole, reason: text },
  node_without_format: { node: whole, milliseconds: whole },
  node_format_unusable: { node: whole },
  node_format_unsteady: { node: whole, times: whole },
  node_silent: { node: whole, milliseconds: whole },
  node_paused: { node: whole, milliseconds: whole },
  node_ended: { node: whole, reason: text },
  node_pictures_unusable: { node: whole, pictures: whole, reason: text },

  // the desktop portal
  bus_unreachable: { reason: text },
  bus_gone: { reason: text },
  portal_missing: {},
  portal_silent: { request: text },
  portal_without_cast: { reason: text },
  portal_refused: { request: text, reason: text },
  portal_unanswered: { request: text },
  portal_denied: {},
  portal_failed: { request: text, answer: whole },
  portal_unreadable: { request: text },
  portal_without_picture: {},
  portal_without_pipewire: { reason: text },
  portal_closed: {},

  // transport
  port_taken: { port: whole, address: text },
  port_forbidden: { port: whole },
  address_unusable: { address: text, reason: text },
  socket_unusable: { reason: text },
  packets_impossible: { bytes: whole, percent: whole },
  gso_unavailable: {},
  no_video_ping: { port: whole },
  foreign_pings: { address: text },

  // control
  control_failed: { reason: text },
  forged_goodbye: {},

  // input
  input_unavailable: {},
  input_blocked: {},
  input_forbidden: {},
  input_lost: {},
  virtual_devices_missing: {},
  virtual_devices_refused: { milliseconds: whole },
  seat_missing: { seat: text, seats: text },
  keyboard_layouts_missing: {},
  keyboard_layout_unknown: { layout: text },
  keyboard_layout_unreadable: { reason: text },
  unknown_key_ignored: { virtual_key: text },
  text_ignored: { character: text },
  unknown_button_ignored: { button: whole },
  touch_ignored: {},
  pen_ignored: {},
  gamepad_ignored: {},
  gamepad_unavailable: { device: text, reason: text },
  gamepad_plain: { device: text, reason: text },
  pointer_ignored: {},
  unknown_input_ignored: { kind: text },

  // sound
  sound_format_unknown: { channels: whole, packet_ms: whole },
  sound_encoder_refuses: { reason: text },
  sound_library_unusable: {},
  sound_server_missing: {},
  sound_server_ended: {},
  sound_server_silent: {},
  sound_server_refuses: { reason: text },
  sound_manager_missing: {},
  sound_manager_ended: {},
  sound_sink_removed: {},
  sound_capture_failed: { reason: text },
  sound_capture_silent: {},
  sound_back: {},
  sound_not_on_host: {},
  sound_loopback_missing: {},
  sound_without_priority: {},
} as const satisfies Record<string, Record<string, typeof text | typeof whole>>;

export type ProblemCode = keyof typeof problem_parameters;

/** Codes that tell of no problem, but of the end of others. */
export const ended_problems: Readonly<Partial<Record<string, readonly ProblemCode[]>>> = {
  sound_back: [
    'sound_server_missing',
    'sound_server_ended',
    'sound_server_silent',
    'sound_server_refuses',
    'sound_manager_missing',
    'sound_manager_ended',
    'sound_sink_removed',
    'sound_capture_failed',
    'sound_capture_silent',
  ],
};

const problem_codes = Object.keys(problem_parameters) as ProblemCode[];

/** Numbers too travel as text: they only fill a sentence. */
export type Failure = {
  [C in ProblemCode]: {
    code: C;
    parameters: Readonly<Record<keyof (typeof problem_parameters)[C], string>>;
  };
}[ProblemCode];

const max_parameter_length = 1024;

export const Failure = Type.Unsafe<Failure>({
  title: 'Failure',
  tag: 'code',
  anyOf: problem_codes.map((code) =>
    struct(code, {
      code: Type.Literal(code),
      parameters: struct(
        `${code} parameters`,
        Object.fromEntries(Object.keys(problem_parameters[code]).map((name) => [name, Text(max_parameter_length)])),
      ),
    }),
  ),
});
