// What Sway 1.7 and 1.10 said (testdata/recorded.json: two clients on the embedded desktop), read whole, in pieces, and spoilt. An input
// that made one of the readers fail belongs into `kept` once that is mended.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { Type } from 'typebox';
import { Check } from 'typebox/schema';
import { folder } from '../test-folder.ts';
import { encodeMessage, type IpcMessage, MessageReader } from './i3-ipc.ts';
import { WaylandConnection } from './wayland-connection.ts';
import '../test-limit.ts';

const Recorded = Type.Array(
  Type.Object({
    of: Type.String(),
    /** Messages of the control socket. */
    ipc: Type.Array(Type.Object({ type: Type.Integer(), payload: Type.String() })),
    /** The answer to get_registry and sync, in base64. */
    wayland: Type.String(),
  }),
);
const recorded: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/recorded.json'), 'utf8'));
if (!Check(Recorded, recorded)) throw new Error('testdata/recorded.json is damaged');

/** A recording's number, then where it is spoilt, and by which byte. */
type Spoilt = [number, [number, number][]];
const kept: { ipc: [Spoilt][]; wayland: [Spoilt][] } = { ipc: [], wayland: [] };

const ipcOf = (number: number): Buffer =>
  Buffer.concat((recorded[number]?.ipc ?? []).map(({ type, payload }) => encodeMessage(type, payload)));
const waylandOf = (number: number): Buffer => Buffer.from(recorded[number]?.wayland ?? '', 'base64');
const spoilt = fc.tuple(
  fc.nat(recorded.length - 1),
  fc.array(fc.tuple(fc.nat(0xffff), fc.nat(255)), { minLength: 1, maxLength: 6 }),
);
function spoil(bytes: Buffer, changes: [number, number][]): Buffer {
  for (const [at, value] of changes) bytes[at % bytes.length] = value;
  return bytes;
}

/** As from a socket: in pieces, until the reader refuses. */
function read(bytes: Buffer, piece = 1000): { messages: IpcMessage[]; refused: string | undefined } {
  const reader = new MessageReader();
  const messages: IpcMessage[] = [];
  try {
    for (let at = 0; at < bytes.length; at += piece) messages.push(...reader.push(bytes.subarray(at, at + piece)));
    return { messages, refused: undefined };
  } catch (error) {
    return { messages, refused: error instanceof Error ? error.message : undefined };
  }
}

async function answersWith(t: { teardown(run: () => unknown): unknown }, answer: () => Buffer): Promise<string> {
  const path = join(folder(t), 'wayland-1');
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the other side closed first
    socket.once('data', () => socket.end(answer()));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => server.close());
  return path;
}

for (const [number, { of, ipc }] of recorded.entries()) {
  t.test(of, async (t) => {
    for (const piece of [1, 7, 1 << 20]) {
      const { messages, refused } = read(ipcOf(number), piece);
      t.equal(refused, undefined);
      t.same(
        messages.map(({ payload }) => JSON.stringify(payload)),
        ipc.map(({ payload }) => payload),
      );
    }
    const path = await answersWith(t, () => waylandOf(number));
    const connection = await WaylandConnection.open(path);
    for (const name of ['zwlr_screencopy_manager_v1', 'zwp_idle_inhibit_manager_v1', 'wl_seat'])
      t.ok(connection.offers(name), name);
    t.notOk(connection.offers('zkde_screencast_unstable_v1'));
    connection.close();
  });
}

t.test('spoilt, it is messages or a refusal', async (t) => {
  fc.assert(
    fc.property(spoilt, ([number, changes]) => {
      const { messages, refused } = read(spoil(ipcOf(number), changes));
      return refused !== '' && messages.length <= (recorded[number]?.ipc.length ?? 0);
    }),
    { numRuns: 300, examples: kept.ipc },
  );
  t.pass('300 recordings');
});

t.test('spoilt, it is a compositor or a sentence', async (t) => {
  let answer: Buffer = Buffer.alloc(0);
  const path = await answersWith(t, () => answer);
  await fc.assert(
    fc.asyncProperty(spoilt, async ([number, changes]) => {
      answer = spoil(waylandOf(number), changes);
      return WaylandConnection.open(path).then(
        (connection) => {
          connection.close();
          return true;
        },
        (error: unknown) => error instanceof Error && error.message.length > 0,
      );
    }),
    { numRuns: 200, examples: kept.wayland },
  );
  t.pass('200 recordings');
});
