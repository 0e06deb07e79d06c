// What a client says of its gamepads (docs/gamestream.md, 9.5), and how a script says it.

import { type InputPacket, inputPacket } from './input-packet.ts';

export type PadEvent =
  | { kind: 'pad_arrival'; pad: number; mask: number; type: number; buttons: number; abilities: number }
  | {
      kind: 'pad_state';
      pad: number;
      mask: number;
      buttons: number;
      left_trigger?: number;
      right_trigger?: number;
      left?: readonly [x: number, y: number];
      right?: readonly [x: number, y: number];
    }
  | {
      kind: 'pad_touch';
      pad: number;
      event: number;
      touchpad: number;
      finger: number;
      x: number;
      y: number;
      pressure: number;
    }
  | { kind: 'pad_motion'; pad: number; sensor: number; x: number; y: number; z: number }
  | { kind: 'pad_battery'; pad: number; state: number; percent: number };

/** Where a gamepad's packets go, and its motion's. */
const channel = (pad: number) => 0x10 + pad;
const motion_channel = (pad: number) => 0x20 + pad;
const gyroscope = 2;
const hovers_and_moves = [0, 3];

/** Values of `bytes` each, little-endian. */
const words = (...values: readonly (readonly [value: number, bytes: 1 | 2 | 4])[]): Buffer =>
  Buffer.concat(
    values.map(([value, bytes]) => {
      const word = Buffer.alloc(bytes);
      if (value < 0) word.writeIntLE(value, 0, bytes);
      else word.writeUIntLE(value, 0, bytes);
      return word;
    }),
  );
const floats = (...values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

export function encodePad(event: PadEvent): InputPacket[] {
  const { pad } = event;
  switch (event.kind) {
    case 'pad_arrival': {
      const { mask, type, buttons, abilities } = event;
      const arrival = words([pad, 1], [type, 1], [abilities, 2], [buttons, 4]);
      const rest = encodePad({ kind: 'pad_state', pad, mask, buttons: 0 });
      return [inputPacket(channel(pad), 0x5500_0004, arrival), ...rest];
    }
    case 'pad_state': {
      const { mask, buttons, left_trigger = 0, right_trigger = 0, left = [0, 0], right = [0, 0] } = event;
      const head = words([0x1a, 2], [pad, 2], [mask, 2], [0x14, 2], [buttons & 0xffff, 2]);
      const sticks = [...left, ...right].map((value) => [value, 2] as const);
      const axes = words([left_trigger, 1], [right_trigger, 1], ...sticks);
      const tail = words([0x9c, 2], [buttons >>> 16, 2], [0x55, 2]);
      return [inputPacket(channel(pad), 0x0c, Buffer.concat([head, axes, tail]))];
    }
    case 'pad_touch': {
      const head = words([pad, 1], [event.event, 1], [0, 1], [event.touchpad, 1], [event.finger, 4]);
      const body = Buffer.concat([head, floats(event.x, event.y, event.pressure)]);
      return [inputPacket(channel(pad), 0x5500_0005, body, !hovers_and_moves.includes(event.event))];
    }
    case 'pad_motion': {
      const { sensor, x, y, z } = event;
      const body = Buffer.concat([words([pad, 1], [sensor, 1], [0, 2]), floats(x, y, z)]);
      // Only that it lies still has to arrive.
      const still = sensor === gyroscope && x === 0 && y === 0 && z === 0;
      return [inputPacket(motion_channel(pad), 0x5500_0006, body, still)];
    }
    case 'pad_battery':
      return [inputPacket(channel(pad), 0x5500_0007, words([pad, 1], [event.state, 1], [event.percent, 1], [0, 1]))];
  }
}

export const pad_script_help = `  arrive PAD MASK TYPE BUTTONS ABILITIES
                       a gamepad comes: TYPE 1 Xbox 2 PlayStation 3 Nintendo,
                       ABILITIES the sum of 1 analogue triggers 2 rumble
                       4 trigger rumble 8 touchpad 16 accelerometer
                       32 gyroscope 64 battery 128 light; MASK has a bit for
                       each gamepad that is there
  pad PAD MASK BUTTONS [LT RT LX LY RX RY]
                       its state; without its bit in MASK it goes
  ptouch PAD EVENT TOUCHPAD FINGER X Y PRESSURE
                       1 down 2 up 3 moved 7 all up; X and Y from 0 to 1
  motion PAD SENSOR X Y Z
                       1 m/s2, 2 degrees a second
  battery PAD STATE PERCENT
                       2 discharging 3 charging 5 full`;

/** How many values each word takes, and whether they may have fractions. */
const forms: Readonly<Record<string, readonly [least: number, most: number, fractions: boolean]>> = {
  arrive: [5, 5, false],
  pad: [3, 9, false],
  ptouch: [7, 7, true],
  motion: [5, 5, true],
  battery: [3, 3, false],
};

/** undefined: no word of gamepads. Throws an Error that says what the word takes. */
export function parsePad(word: string, rest: readonly string[]): PadEvent | undefined {
  const form = forms[word];
  if (!form) return undefined;
  const [least, most, fractions] = form;
  const values = rest.map(Number);
  const right = fractions ? Number.isFinite : Number.isInteger;
  if (values.length < least || values.length > most || !values.every((value) => right(value))) {
    const count = least === most ? `${least}` : `${least} to ${most}`;
    throw new Error(`${word} takes ${count} ${fractions ? 'numbers' : 'whole numbers'}`);
  }
  const [pad = 0, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = values;
  if (!Number.isInteger(pad) || pad < 0 || pad > 15) throw new Error('gamepads have the numbers 0 to 15');
  switch (word) {
    case 'arrive':
      return { kind: 'pad_arrival', pad, mask: a, type: b, buttons: c, abilities: d };
    case 'pad':
      return {
        kind: 'pad_state',
        pad,
        mask: a,
        buttons: b,
        left_trigger: c,
        right_trigger: d,
        left: [e, f],
        right: [g, h],
      };
    case 'ptouch':
      return { kind: 'pad_touch', pad, event: a, touchpad: b, finger: c, x: d, y: e, pressure: f };
    case 'motion':
      return { kind: 'pad_motion', pad, sensor: a, x: b, y: c, z: d };
    default:
      return { kind: 'pad_battery', pad, state: a, percent: b };
  }
}
