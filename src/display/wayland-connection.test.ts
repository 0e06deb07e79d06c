// The reader of a compositor's bytes against a compositor that says anything.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import '../test-children.ts'; // its limit of time
import { WaylandConnection } from './wayland-connection.ts';

const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
/** Wayland protocol, appendix A: object, opcode and size, then arguments. */
const event = (object: number, opcode: number, ...body: Buffer[]) => {
  const rest = Buffer.concat(body);
  return Buffer.concat([word(object), word(((8 + rest.length) * 65_536 + opcode) >>> 0), rest]);
};
const text = (value: string) => {
  const bytes = Buffer.from(`${value}\0`);
  return Buffer.concat([word(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
};
const global = (number: number, name: string, version: number) => event(2, 0, word(number), text(name), word(version));
/** The callback of the first sync is the object after the registry. */
const done = event(3, 0, word(1));

/** A compositor that answers the first bytes it gets with these, and goes. */
async function saying(t: { teardown(run: () => unknown): unknown }) {
  const directory = mkdtempSync(join(tmpdir(), 'pf-wayland-'));
  const path = join(directory, 'wayland-9');
  let answer: Buffer[] = [];
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      for (const piece of answer) socket.write(piece);
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });
  return {
    path,
    async hears(pieces: Buffer[]): Promise<string> {
      answer = pieces;
      let offers: boolean;
      try {
        const connection = await WaylandConnection.open(path, 60_000);
        offers = connection.offers('wl_seat');
        await connection.closed;
      } catch (error) {
        if (!(error instanceof Error) || error.message === '') throw new Error('no sentence');
        return error.message;
      }
      return offers ? 'a seat' : 'no seat';
    },
  };
}

t.test('what a compositor offers', async (t) => {
  const compositor = await saying(t);
  const good = Buffer.concat([global(1, 'wl_compositor', 4), global(2, 'wl_seat', 7), event(9, 5), done]);
  t.equal(await compositor.hears([good]), 'a seat');
  t.equal(await compositor.hears([good.subarray(0, 7), good.subarray(7, 30), good.subarray(30)]), 'a seat');
  t.equal(await compositor.hears([global(2, 'wl_seat', 7), event(2, 1, word(2)), done]), 'no seat', 'taken back');
  t.not(await compositor.hears([good.subarray(0, -1)]), 'a seat', 'cut off');
  t.match(await compositor.hears([event(1, 0, word(1), word(0), text('no'))]), /reports an error/);
  t.match(await compositor.hears([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]), /is not Wayland/);
});

t.test('any bytes are an answer or a sentence, and never the end of the host', async (t) => {
  const compositor = await saying(t);
  const name = fc.constantFrom('wl_seat', 'wl_compositor', '', 'x'.repeat(300));
  const message = fc.oneof(
    fc.tuple(fc.nat(5), name, fc.nat(9)).map(([number, name, version]) => global(number, name, version)),
    fc.nat(5).map((number) => event(2, 1, word(number))),
    fc.constant(done),
    fc
      .tuple(fc.nat(4), fc.nat(3), fc.uint8Array({ maxLength: 40 }))
      .map(([object, opcode, body]) => event(object, opcode, Buffer.from(body))),
  );
  const bytes = fc
    .tuple(fc.array(message, { maxLength: 6 }), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
    .map(([messages, changes]) => {
      const all = Buffer.concat([...messages, done]);
      for (const [at, value] of changes) all[at % all.length] = value;
      return all;
    });
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(200), async (all, cut) => {
      const heard = await compositor.hears([all.subarray(0, cut), all.subarray(cut)]);
      return heard.length > 0;
    }),
    { numRuns: 300 },
  );
  t.pass('300 compositors');
});
