import fc from 'fast-check';
import t from 'tap';
import { encodeMessage, type IpcMessage, MessageReader } from './i3-ipc.ts';
import '../test-limit.ts';

/** The same bytes in pieces of these sizes, over and over. */
function* pieces(bytes: Buffer, sizes: number[]): Generator<Buffer> {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
function read(bytes: Buffer, sizes: number[]): { messages: IpcMessage[]; refused: string } {
  const reader = new MessageReader();
  const messages: IpcMessage[] = [];
  try {
    for (const piece of pieces(bytes, sizes)) messages.push(...reader.push(piece));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { messages, refused: error.message };
  }
  return { messages, refused: '' };
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const message = fc.record({ type: fc.nat(0x7fff_ffff), event: fc.boolean(), payload: fc.jsonValue() });
const encoded = ({ type, event, payload }: IpcMessage) =>
  encodeMessage(event ? type + 0x8000_0000 : type, JSON.stringify(payload));

t.test('messages come out as they went in, whatever the pieces', async (t) => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), sizes, (messages, sizes) => {
      const { messages: out, refused } = read(Buffer.concat(messages.map(encoded)), sizes);
      return refused === '' && JSON.stringify(out) === JSON.stringify(messages);
    }),
    { numRuns: 500 },
  );
  t.pass('500 streams');
});

t.test(
  'any bytes are messages, a refusal, or wait for more; a changed message never reads beyond its length',
  async (t) => {
    const spoilt = fc
      .tuple(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      )
      .map(([messages, changes]) => {
        const bytes = Buffer.concat(messages.map(encoded));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(spoilt, any), sizes, (bytes, sizes) => {
        const { messages, refused } = read(bytes, sizes);
        // Whole or in pieces, the same is understood; and what was understood fits into what came.
        const whole = read(bytes, [bytes.length + 1]);
        return (
          (refused !== '') === (whole.refused !== '') &&
          messages.length * 14 <= bytes.length &&
          messages.every(({ type }) => type >= 0 && type <= 0x7fff_ffff)
        );
      }),
      { numRuns: 2000 },
    );
    t.pass('2000 inputs');
  },
);
