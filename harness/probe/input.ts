// Input as the client sends it (docs/gamestream.md, 9): the bytes of each input packet with its channel, and the small script
// language of `probe stream --input`.

import { ProbeError } from './errors.ts';
import { type InputPacket, inputPacket as packet } from './input-packet.ts';
import { encodePad, type PadEvent, pad_script_help, parsePad } from './pad-input.ts';

export type InputEvent =
  | { kind: 'haptics' }
  | { kind: 'key'; virtual_key: number; down: boolean; modifiers?: number; flags?: number }
  | { kind: 'text'; text: string }
  | { kind: 'move'; dx: number; dy: number }
  | { kind: 'position'; x: number; y: number; width: number; height: number }
  | { kind: 'button'; button: number; down: boolean }
  | { kind: 'scroll'; amount: number }
  | { kind: 'horizontal_scroll'; amount: number }
  | PadEvent;

const channel_general = 0;
const channel_keyboard = 2;
const channel_mouse = 3;
const channel_text = 6;

const int16 = (value: number): number => {
  if (!Number.isInteger(value) || value < -32768 || value > 32767) {
    throw new RangeError(`${value} does not fit the 16 bits that input packets have`);
  }
  return value;
};

function int16s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => void bytes.writeInt16BE(int16(value), index * 2));
  return bytes;
}

// One event is one packet, but for text, which is one a code point, and a gamepad that comes.
export function encodeInput(event: InputEvent): InputPacket[] {
  switch (event.kind) {
    case 'haptics':
      return [packet(channel_general, 0x0d, Buffer.from([1, 0]))];
    case 'key': {
      const body = Buffer.alloc(6);
      body.writeUInt8(event.flags ?? 0, 0);
      body.writeUInt16LE(0x8000 | event.virtual_key, 1);
      body.writeUInt8(event.modifiers ?? 0, 3);
      return [packet(channel_keyboard, event.down ? 0x03 : 0x04, body)];
    }
    case 'text':
      return [...event.text].map((point) => packet(channel_text, 0x17, Buffer.from(point, 'utf8')));
    case 'move':
      return [packet(channel_mouse, 0x07, int16s(event.dx, event.dy))];
    case 'position':
      // The reference size goes out less one (docs/gamestream.md, 9.4).
      return [packet(channel_mouse, 0x05, int16s(event.x, event.y, 0, event.width - 1, event.height - 1))];
    case 'button':
      return [packet(channel_mouse, event.down ? 0x08 : 0x09, Buffer.from([event.button]))];
    case 'scroll':
      return [packet(channel_mouse, 0x0a, int16s(event.amount, event.amount, 0))];
    case 'horizontal_scroll':
      return [packet(channel_mouse, 0x5500_0001, int16s(event.amount))];
    default:
      return encodePad(event);
  }
}

export type ScriptStep = InputEvent | { kind: 'wait'; ms: number };

export const script_help = `one step a line, # starts a comment:
  wait MS              let time pass
  key VK DOWN [MODS]   Windows virtual-key code (0x41), 1 down or 0 up; MODS is
                       the sum of 1 shift 2 ctrl 4 alt 8 meta
  tap VK [MODS]        down and up
  text WORDS           typed as UTF-8 text
  move DX DY           mouse, relative
  pos X Y W H          mouse, absolute in a picture of W x H
  button N DOWN, click N
                       1 left 2 middle 3 right 4 back 5 forward
  scroll AMOUNT        120 is a notch up; hscroll AMOUNT to the right
${pad_script_help}`;

export function parseScript(source: string): ScriptStep[] {
  return source.split('\n').flatMap((line, index) => {
    const text = line.replace(/^\s*#.*$/, '').trim();
    if (text === '') return [];
    try {
      return parseStep(text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ProbeError('usage', `input script, line ${index + 1}, "${text}": ${why}`);
    }
  });
}

function parseStep(text: string): ScriptStep[] {
  const [word = '', ...rest] = text.split(/\s+/);
  if (word === 'text') return [{ kind: 'text', text: text.slice('text '.length) }];
  const numbers = (least: number, most = least): number[] => {
    const values = rest.map(Number);
    if (values.length < least || values.length > most || !values.every(Number.isInteger)) {
      throw new Error(`${word} takes ${least === most ? least : `${least} to ${most}`} whole numbers`);
    }
    return values;
  };
  switch (word) {
    case 'wait':
      return [{ kind: 'wait', ms: numbers(1)[0] ?? 0 }];
    case 'key': {
      const [virtual_key = 0, down = 0, modifiers = 0, flags = 0] = numbers(2, 4);
      return [{ kind: 'key', virtual_key, down: down === 1, modifiers, flags }];
    }
    case 'tap': {
      const [virtual_key = 0, modifiers = 0] = numbers(1, 2);
      return [true, false].map((down) => ({ kind: 'key', virtual_key, down, modifiers }) as const);
    }
    case 'move': {
      const [dx = 0, dy = 0] = numbers(2);
      return [{ kind: 'move', dx, dy }];
    }
    case 'pos': {
      const [x = 0, y = 0, width = 0, height = 0] = numbers(4);
      return [{ kind: 'position', x, y, width, height }];
    }
    case 'button': {
      const [button = 0, down = 0] = numbers(2);
      return [{ kind: 'button', button, down: down === 1 }];
    }
    case 'click': {
      const [button = 0] = numbers(1);
      return [true, false].map((down) => ({ kind: 'button', button, down }) as const);
    }
    case 'scroll':
      return [{ kind: 'scroll', amount: numbers(1)[0] ?? 0 }];
    case 'hscroll':
      return [{ kind: 'horizontal_scroll', amount: numbers(1)[0] ?? 0 }];
    default: {
      const pad = parsePad(word, rest);
      if (!pad) throw new Error(`"${word}" is not a step`);
      return [pad];
    }
  }
}
