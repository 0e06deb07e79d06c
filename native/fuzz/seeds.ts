// Seeds for the fuzzers, from the recordings and vectors of the tests: what a real peer sends, in the form that each fuzzer reads.
//   node native/fuzz/seeds.ts FOLDER      writes FOLDER/<fuzzer>/*
// native/fuzz/corpus holds what a merge of these and of long runs left; README.md there says how.

import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const testdata = resolve(import.meta.dirname, '../test/testdata');
const text = (path: string) => readFileSync(join(testdata, path), 'utf8');
const hex = (digits: string) => Buffer.from(digits, 'hex');

/** An input as LLVM's FuzzedDataProvider takes it apart: bytes from the front, numbers from the back, the highest byte first. */
class Provider {
  readonly #front: Buffer[] = [];
  readonly #back: number[] = [];

  number(value: number, bytes: number): this {
    for (let at = bytes - 1; at >= 0; at--) this.#back.push(Math.floor(value / 256 ** at) % 256);
    return this;
  }
  bool(value: boolean): this {
    return this.number(value ? 1 : 0, 1);
  }
  /** A number of 0 to `most`, which takes the bytes that `most` needs. */
  below(value: number, most: number): this {
    return this.number(value, most < 256 ? 1 : most < 65_536 ? 2 : 4);
  }
  bytes(value: Buffer): this {
    this.#front.push(value);
    return this;
  }
  get input(): Buffer {
    return Buffer.concat([...this.#front, Buffer.from(this.#back.toReversed())]);
  }
}

interface Recording<Packet> {
  captures: { packetsFromStart?: Packet[]; packets?: Packet[] }[];
}

function* input(): Generator<Buffer> {
  for (const line of text('control/input.txt').split('\n')) {
    const [digits = ''] = line.split(' ');
    if (/^[0-9a-f]+$/.test(digits)) yield hex(digits);
  }
}

/** What programs tell pads, and features that they ask for by the first byte. */
const padded = (length: number, ...bytes: number[]) =>
  Buffer.concat([Buffer.from(bytes), Buffer.alloc(length)]).subarray(0, length);
const pad_outputs = [
  padded(48, 2, 0x0f, 0x04, 1, 2, 0, 0, 0, 0, 0, 0, 0x06, 30, 0x80),
  padded(32, 5, 3, 0, 0, 1, 2, 3, 4, 5),
  Buffer.from([0x80, 2]),
  padded(49, 1, 0, 0, 0x40, 0x40, 0x50, 0, 1, 0x40, 0x40, 0x10, 0x3d, 0x60, 0, 0, 9),
  padded(12, 1, 1, 0, 1, 0x40, 0x40, 0, 1, 0x40, 0x40, 0x40, 1),
  padded(10, 0x10, 2, 0, 0xc9, 0x40, 0x72, 0, 1, 0x40, 0x40),
  Buffer.from([0x05]),
  Buffer.from([0x09]),
  Buffer.from([0x20]),
  Buffer.from([0x02]),
  Buffer.from([0x12]),
  Buffer.from([0xa3]),
];

/** What a client says of its pads in turn with what a program says to them (native/fuzz/fuzz_pads.cpp); for each setting. */
function* pads(): Generator<Buffer> {
  const packet = (magic: number, ...body: number[]) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(4 + body.length, 0);
    head.writeUInt32LE(magic, 4);
    return Buffer.concat([head, Buffer.from(body)]);
  };
  const float = (value: number) => [...new Uint8Array(Float32Array.of(value).buffer)];
  const arrival = (type: number) => packet(0x5500_0004, 0, type, 0xff, 0, 0xff, 0xff, 0x3f, 0);
  const state = packet(
    0x0c,
    26,
    0,
    0,
    0,
    1,
    0,
    20,
    0,
    0,
    0x10,
    255,
    0,
    0,
    127,
    0,
    127,
    0,
    0,
    0,
    0,
    0x9c,
    0,
    0,
    0,
    0x55,
    0,
  );
  const touch = (what: number) =>
    packet(0x5500_0005, 0, what, 0, 0, 7, 0, 0, 0, ...float(1), ...float(0.5), ...float(1));
  const motion = (what: number) => packet(0x5500_0006, 0, what, 0, 0, ...float(1), ...float(-2), ...float(9.8));
  const battery = packet(0x5500_0007, 0, 2, 45, 0);
  for (let setting = 0; setting < 5; setting++)
    for (const type of [0, 1, 2, 3]) {
      const said = [arrival(type), state, touch(1), touch(3), touch(2), motion(1), motion(2), battery];
      const turns = pad_outputs.flatMap((output, index) => [said[index] ?? state, output]);
      yield Buffer.concat([Buffer.from([setting]), ...turns.flatMap((one) => [Buffer.from([one.length]), one])]);
    }
}

/** Type and payload of each recorded message. */
function* messages(): Generator<[type: number, payload: Buffer]> {
  for (const line of text('control/messages.txt').split('\n')) {
    const [, delivery = '', , type = '', payload = ''] = line.split(' ');
    if (/^[ruq]$/.test(delivery)) yield [Number.parseInt(type, 16), hex(payload)];
  }
}

function* controlMessages(): Generator<Buffer> {
  for (const [type, payload] of messages()) yield Buffer.concat([Buffer.from([type & 255, type >> 8]), payload]);
}

function* control(): Generator<Buffer> {
  for (const v2 of [true, false]) {
    for (const [index, [type, payload]] of [...messages()].entries()) {
      const message = Buffer.alloc(24 + 4 + payload.length);
      message.writeUInt16LE(1, 0);
      message.writeUInt16LE(message.length - 4, 2);
      message.writeUInt32LE(index, 4);
      message.writeUInt16LE(type, 24);
      message.writeUInt16LE(payload.length, 26);
      payload.copy(message, 28);
      yield new Provider().bool(true).bool(v2).bool(true).below(2000, 2000).bytes(message).input;
    }
  }
}

/** A whole stream, one with losses, one that is repeated and one in the wrong order; then recorded datagrams, cut to what is taken. */
function* datagrams(start: () => Provider, count: number, recorded: Buffer[], longest: number): Generator<Buffer> {
  const indices = Array.from({ length: count }, (_, index) => index);
  const orders = [
    indices,
    indices.filter((index) => index % 5 !== 0),
    indices.flatMap((index) => [index, index]),
    indices.toReversed(),
  ];
  for (const order of orders) {
    const provider = start();
    for (const index of order) provider.number(16, 1).below(index, 255);
    yield provider.input;
  }
  for (const datagram of recorded) {
    const bytes = datagram.subarray(0, longest);
    yield start().number(0, 1).below(bytes.length, longest).bytes(bytes).input;
  }
}

function recordedDatagrams(path: string): Buffer[] {
  const { captures } = JSON.parse(text(path)) as Recording<{ datagramBase64: string }>;
  return captures.flatMap(({ packets = [], packetsFromStart = [] }) =>
    [...packets, ...packetsFromStart].slice(0, 3).map(({ datagramBase64 }) => Buffer.from(datagramBase64, 'base64')),
  );
}

function* video(): Generator<Buffer> {
  const recorded = recordedDatagrams('gamestream/video.json');
  for (const sealed of [false, true]) {
    for (const percent of [0, 2, 3]) {
      const start = () => new Provider().bool(sealed).below(percent, 3).below(1, 3);
      yield* datagrams(start, 40, percent === 2 ? recorded : [], 320);
    }
  }
}

function* audio(): Generator<Buffer> {
  const recorded = recordedDatagrams('gamestream/audio.json');
  for (const sealed of [false, true]) {
    yield* datagrams(() => new Provider().bool(sealed).number(65_500, 2).below(59, 1387), 72, recorded, 1600);
  }
}

function* fec(): Generator<Buffer> {
  const codecs = [0x00, 0x80, 0xc0];
  const shapes = [
    [4, 2, 64],
    [10, 2, 100],
    [16, 16, 66],
    [64, 64, 300],
  ];
  for (const codec of codecs) {
    for (const isa of [0, 1, 2]) {
      for (const repair of [0, 1, 2]) {
        for (const [k = 0, m = 0, bytes = 0] of shapes) {
          if (k * bytes > 2000) continue; // the same again, and large
          const contents = Buffer.alloc(k * bytes, 1);
          const present = Buffer.alloc(k + m, 1).fill(0, 1, 1 + Math.min(m, 3));
          yield Buffer.concat([
            Buffer.from([codec | isa, repair, k, 0, m, 0, bytes & 255, bytes >> 8]),
            contents,
            present,
          ]);
        }
      }
    }
  }
}

function* pf1(): Generator<Buffer> {
  yield* datagrams(() => new Provider().bool(true), 60, [], 560);
  const { sessions } = JSON.parse(text('punktfunk1/vectors.json')) as {
    sessions: { frames: { datagramsHex: string[] }[]; feedback: { datagramHex: string } }[];
  };
  for (const { frames, feedback } of sessions) {
    for (const sealed of [true, false]) {
      const provider = new Provider().bool(false);
      const every: [down: boolean, datagram: Buffer][] = [
        ...frames.flatMap((frame) => frame.datagramsHex).map((digits): [boolean, Buffer] => [true, hex(digits)]),
        [false, hex(feedback.datagramHex)],
      ];
      for (const [down, datagram] of every) {
        // The fuzzer seals it again: without the tag it was sealed with.
        const plain = datagram.subarray(0, sealed ? -16 : datagram.length).subarray(0, 512);
        provider.number(1_000_000, 4).bool(down).bool(sealed).below(plain.length, 512).bytes(plain);
      }
      yield provider.input;
    }
  }
}

function* contract(): Generator<Buffer> {
  const examples = resolve(import.meta.dirname, '../contract/examples');
  for (const path of globSync('*/*.json', { cwd: examples }).sort()) yield readFileSync(join(examples, path));
}

function* abi(): Generator<Buffer> {
  // A session that sends three frames and takes them; the numbers are the cases of fuzz_abi.cpp.
  const session = new Provider().bool(true).bool(false);
  for (let frame = 0; frame < 3; frame++) {
    session.number(1000, 4).below(6, 10);
    for (let datagram = 0; datagram < 4; datagram++) {
      session.below(900, 21_000).number(1000, 4).below(1, 10);
      session.below(900, 21_000).number(1000, 4).below(3, 10).bool(false);
    }
  }
  yield session.input;
  for (let choice = 0; choice < 4; choice++) {
    yield new Provider()
      .bool(false)
      .bool(true)
      .below(60, 60)
      .bool(true)
      .below(30, 30)
      .bool(true)
      .below(300, 300)
      .below(choice, 3)
      .below(20, 65)
      .below(10, 35)
      .below(300, 310).input;
  }
}

/** Pods as SPA lays them out (spa/pod/pod.h): length, type, body, padded to eight bytes. */
const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const pod = (type: number, body: Buffer) =>
  Buffer.concat([words(body.length, type), body, Buffer.alloc(-body.length & 7)]);
const [idType, longType, rectangleType, fractionType] = [3, 5, 10, 11];

/** Formats as a producer settles on them, with and without a modifier, and as choices; each with a picture's metadata. */
function* pipewireFormat(): Generator<Buffer> {
  const id = (value: number) => pod(idType, words(value));
  const first = (value: Buffer) => pod(19, Buffer.concat([words(0, 0), value.subarray(0, value.readUInt32LE() + 8)]));
  for (const [order, modifier, choice] of [
    [8, false, false],
    [12, true, false],
    [7, true, true],
    [11, false, true],
  ] as const) {
    const made = choice ? first : (value: Buffer) => value;
    const properties: [key: number, value: Buffer][] = [
      [1, id(2)],
      [2, id(1)],
      [0x20001, made(id(order))],
      ...(modifier ? [[0x20002, made(pod(longType, words(0, 0)))] as [number, Buffer]] : []),
      [0x20003, made(pod(rectangleType, words(1920, 1080)))],
      [0x20004, pod(fractionType, words(0, 1))],
      [0x20005, made(pod(fractionType, words(60, 1)))],
    ];
    const body = properties.map(([key, value]) => Buffer.concat([words(key, 0), value]));
    const format = pod(15, Buffer.concat([words(0x40003, 4), ...body]));
    const region = (...box: number[]) => words(...box);
    const metas: [choice: number, bytes: Buffer][] = [
      [0, Buffer.alloc(32, 1)],
      [1, region(10, 10, 1000, 800)],
      [2, Buffer.concat([region(20, 20, 50, 50), region(300, 300, 7, 7), region(0, 0, 0, 0)])],
      [3, words(order & 7)],
    ];
    const provider = new Provider().below(format.length, 1000).bytes(format).below(metas.length, 6);
    for (const [kind, bytes] of metas) provider.below(kind, 4).below(bytes.length, 200).bytes(bytes);
    provider
      .number(0, 4)
      .number(1920 * 1080 * 4, 4)
      .number(1920 * 4, 4)
      .number(0, 4);
    yield provider
      .bool(true)
      .number(0, 4)
      .below(1, 1)
      .number(1920 * 1080 * 4, 8).input;
  }
}

/** native/engine/checkpoint.h: never used, of a stream in its middle, with messages that the client may not have, and foreign. */
function* checkpoint(): Generator<Buffer> {
  const stream: [offset: number, value: number][] = [
    ...[0x5046_4350, 2, 1, 500, 9000].map((value, index): [number, number] => [4 * index, value]),
    [24, 9000], // nonces
    ...[3, 15, 2, 1, 2].map((value, index): [number, number] => [40 + 4 * index, value]),
    [64, 40], // control messages taken
    // connected, address, port, connect id, peers, sessions, mtu, window, channels; then the connection's own numbers
    ...[1, 0x0100_007f, 50_000, 77, 0, 0, 1, 1, 900, 65_536, 48, 2, 0, 2].map((value, index): [number, number] => [
      1096 + 4 * index,
      value,
    ]),
    ...[0, 1].map((row): [number, number] => [1152 + 192 * row, 2]),
    ...[0x0100_007f, 50_001, 9, 0x0100_007f, 50_002, 9].map((value, index): [number, number] => [
      1920 + 4 * index,
      value,
    ]),
  ];
  const made = (...changes: [number, number][]) => {
    const file = Buffer.alloc(1944);
    for (const [offset, value] of [...stream, ...changes]) file.writeUInt32LE(value, offset);
    return file;
  };
  const files = [
    Buffer.alloc(12),
    made(),
    made([1148, 0]),
    made([1148, 60_000]),
    made([1096, 0]),
    made([4, 1]),
    made([1116, 3]),
  ];
  for (const whole of [true, false])
    for (const file of whole ? files : files.slice(1, 2))
      yield new Provider().bool(whole).below(file.length, 4096).bytes(file).input;
}

const folder = process.argv[2];
if (!folder) throw new Error('Usage: node native/fuzz/seeds.ts FOLDER');
const seeds = {
  abi,
  audio,
  checkpoint,
  contract,
  control,
  control_messages: controlMessages,
  fec,
  input,
  pads,
  pf1,
  pipewire_format: pipewireFormat,
  video,
};
for (const [name, make] of Object.entries(seeds)) {
  const where = join(folder, `fuzz_${name}`);
  mkdirSync(where, { recursive: true });
  for (const seed of make()) writeFileSync(join(where, createHash('sha1').update(seed).digest('hex')), seed);
}
