// What a host wants of a client's gamepads (docs/gamestream.md, 8.4).

export type PadFeedback =
  | { kind: 'rumble'; pad: number; low: number; high: number }
  | { kind: 'trigger_rumble'; pad: number; left: number; right: number }
  | { kind: 'motion'; pad: number; rate_hz: number; sensor: number }
  | { kind: 'light'; pad: number; red: number; green: number; blue: number }
  | { kind: 'triggers'; pad: number; left_hex: string; right_hex: string };

interface Form {
  bytes: number;
  read(payload: Buffer): PadFeedback;
}

const types = { rumble: 0x010b, trigger_rumble: 0x5500, motion: 0x5501, light: 0x5502, triggers: 0x5503 } as const;
const forms: Readonly<Record<number, Form>> = {
  [types.rumble]: {
    bytes: 10,
    read: (p) => ({ kind: 'rumble', pad: p.readUInt16LE(4), low: p.readUInt16LE(6), high: p.readUInt16LE(8) }),
  },
  [types.trigger_rumble]: {
    bytes: 6,
    read: (p) => ({
      kind: 'trigger_rumble',
      pad: p.readUInt16LE(0),
      left: p.readUInt16LE(2),
      right: p.readUInt16LE(4),
    }),
  },
  [types.motion]: {
    bytes: 5,
    read: (p) => ({ kind: 'motion', pad: p.readUInt16LE(0), rate_hz: p.readUInt16LE(2), sensor: p.readUInt8(4) }),
  },
  [types.light]: {
    bytes: 5,
    read: (p) => ({
      kind: 'light',
      pad: p.readUInt16LE(0),
      red: p.readUInt8(2),
      green: p.readUInt8(3),
      blue: p.readUInt8(4),
    }),
  },
  [types.triggers]: {
    bytes: 25,
    read: (p) => ({
      kind: 'triggers',
      pad: p.readUInt16LE(0),
      left_hex: p.toString('hex', 3, 4) + p.toString('hex', 5, 15),
      right_hex: p.toString('hex', 4, 5) + p.toString('hex', 15, 25),
    }),
  },
};

/** undefined: a message of something else, or one that is too short for what it says it is. */
export function readPadFeedback(type: number, payload: Buffer): PadFeedback | undefined {
  const form = forms[type];
  return form && payload.length >= form.bytes ? form.read(payload) : undefined;
}
