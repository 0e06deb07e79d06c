import { crc32, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { PunktfunkError } from '../errors.ts';
import '../test-limit.ts';
import { cleanPng, colour, encodePng } from './png.ts';

const none = Buffer.alloc(0);
const grey = { width: 3, height: 2, bits: 8, colour: colour.grey, palette: none, transparency: none };
const rows = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]);

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)]);
  whole.writeUInt32BE(data.length, 0);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
}

const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const header = (width: number, height: number, ...rest: number[]) => {
  const data = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, ...rest]);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  return chunk('IHDR', data);
};
const data = (bytes: Buffer) => chunk('IDAT', deflateSync(bytes));
const end = chunk('IEND', none);
const small = header(3, 2, 8, 0, 0, 0, 0);
const palette_header = header(3, 2, 8, 3, 0, 0, 0);

const refused = (parts: Buffer[], message: RegExp, name: string) =>
  t.rejects(cleanPng(Buffer.concat(parts)), { code: 'PICTURE_REFUSED', message }, name);

t.test('a picture stays what it is, and nothing comes with it', async (t) => {
  const plain = await encodePng({ ...grey, rows });
  t.ok((await cleanPng(plain)).equals(plain));
  const secret = chunk('tEXt', Buffer.from('Comment\0secret'));
  const packed = deflateSync(rows);
  const parts = [chunk('IDAT', packed.subarray(0, 3)), chunk('IDAT', packed.subarray(3))];
  const told = Buffer.concat([start, small, secret, ...parts, secret, end]);
  t.ok((await cleanPng(told)).equals(plain), 'in two parts, with words around them');
  const odd = { ...grey, width: 9, bits: 1, rows: Buffer.from([4, 1, 2, 0, 1, 2]) };
  t.ok((await cleanPng(await encodePng(odd))).equals(await encodePng(odd)), 'a filter, and bits that end in a byte');
});

t.test('a palette has an entry for each point that could be', async (t) => {
  const clean = await cleanPng(Buffer.concat([start, palette_header, chunk('PLTE', Buffer.alloc(6)), data(rows), end]));
  t.equal(clean.readUInt32BE(33), 768, 'bytes of PLTE');
  const at = clean.indexOf('IDAT');
  t.ok(inflateSync(clean.subarray(at + 4, at + 4 + clean.readUInt32BE(at - 4))).equals(rows));
});

t.test('what is no PNG, or a bad one', async () => {
  await refused([Buffer.from('GIF89a')], /it is no PNG/, 'another kind');
  await refused([start, Buffer.alloc(1024 * 1024)], /more than 1048576 bytes/, 'too many bytes');
  await refused([start, small, data(rows)], /ends too early/, 'cut');
  await refused([start, small, data(rows), end, Buffer.from('<script>')], /follows its end/, 'more behind it');
  await refused([start, data(rows), small, end], /out of order/, 'no header first');
  await refused([start, chunk('tEXt', none), small, data(rows), end], /begin with its header/, 'words first');
  await refused([start, small, small, data(rows), end], /out of order/, 'two headers');
  await refused([start, small, end], /no picture/, 'no points');
  await refused([start, small, data(rows), chunk('tEXt', none), data(rows), end], /out of order/, 'points apart');
  await refused([start, small, chunk('ABCD', none), data(rows), end], /nobody knows/, 'a part that counts');
  await refused([start, chunk('IHDR', none), data(rows), end], /no header/, 'an empty header');
  await refused([start, header(0, 1, 8, 0, 0, 0, 0), data(rows), end], /0 by 1/, 'no points wide');
  await refused([start, header(2049, 1, 8, 0, 0, 0, 0), data(rows), end], /2049 by 1/, 'too wide');
  await refused([start, header(0x8000_0000, 1, 8, 0, 0, 0, 0), data(rows), end], /2147483648 by 1/, 'far too wide');
  await refused([start, header(2048, 2048, 16, 6, 0, 0, 0), data(rows), end], /16 bits/, 'too much memory');
  await refused([start, header(3, 2, 3, 0, 0, 0, 0), data(rows), end], /no PNG has/, 'bits');
  await refused([start, header(3, 2, 4, 2, 0, 0, 0), data(rows), end], /no PNG has/, 'bits of that colour');
  await refused([start, header(3, 2, 8, 5, 0, 0, 0), data(rows), end], /no PNG has/, 'colour');
  await refused([start, header(3, 2, 8, 0, 0, 0, 1), data(rows), end], /interlaced/, 'interlaced');
  await refused([start, palette_header, data(rows), end], /palette does not fit/, 'no palette');
  await refused([start, small, chunk('PLTE', Buffer.alloc(3)), data(rows), end], /does not fit/, 'a grey palette');
  await refused([start, palette_header, chunk('PLTE', Buffer.alloc(4)), data(rows), end], /a size/, 'its size');
  await refused([start, palette_header, chunk('PLTE', Buffer.alloc(771)), data(rows), end], /a size/, 'its size');
  await refused([start, small, chunk('tRNS', Buffer.alloc(3)), data(rows), end], /transparency/, 'transparency');
  await refused([start, small, data(rows.subarray(1)), end], /fewer/, 'too few points');
  await refused([start, small, data(Buffer.from([5, 1, 2, 3, 0, 1, 2, 3])), end], /filtered/, 'an unknown filter');
  const crumbs = Array.from({ length: 80_000 }, () => chunk('IDAT', none));
  await refused([start, small, data(rows), ...crumbs, end], /thousands/, 'crumbs');
  await refused([start, small, chunk('IDAT', Buffer.from('x')), end], /unpacked/, 'nothing that was packed');
  await refused([start, small, data(Buffer.alloc(100_000_000)), end], /more than it says/, 'a bomb');
});

t.test('any bytes: a picture that is taken again, or a sentence', async (t) => {
  const good = Buffer.concat([start, small, chunk('tEXt', Buffer.from('a\0b')), data(rows), end]);
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
  const parts = fc.array(
    fc.tuple(fc.constantFrom('IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND', 'tEXt', 'ABCD'), fc.uint8Array({ maxLength: 20 })),
    { maxLength: 6 },
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((tail) => Buffer.concat([start, tail])),
    parts.map((list) => Buffer.concat([start, small, ...list.map(([type, d]) => chunk(type, Buffer.from(d))), end])),
    changes.map((list) => {
      const changed = Buffer.from(good);
      for (const [at, value] of list) changed[at] = value;
      return changed;
    }),
  );
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(bytes, async (picture) => {
      const clean = await cleanPng(picture).catch((error: unknown) => {
        if (error instanceof PunktfunkError && error.code === 'PICTURE_REFUSED') return undefined;
        throw error;
      });
      if (!clean) return;
      taken += 1;
      if (!(await cleanPng(clean)).equals(clean)) throw new Error('its own picture is another one');
    }),
    { numRuns: 2000, seed: 11 },
  );
  t.ok(taken > 0, `${taken} were taken`);
});
