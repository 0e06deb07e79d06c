// PNG (RFC 2083), written, and read as strictly as a stranger's file deserves: what is handed on was made here of what was understood.

import { promisify } from 'node:util';
import { crc32, deflate, inflate } from 'node:zlib';
import { PunktfunkError } from '../errors.ts';

export const max_png_bytes = 1024 * 1024;
const max_side_px = 2048;
/** Of the rows, with a filter's number before each: four bytes a point. */
const max_rows_bytes = max_side_px * (max_side_px * 4 + 1);
/** Chunks; programs write some kilobytes in each. */
const max_parts = 4096;

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export const colour = { grey: 0, rgb: 2, palette: 3, grey_alpha: 4, rgb_alpha: 6 } as const;

/** Values a point, and the bits that each may have. */
const colours: Readonly<Record<number, { values: number; bits: readonly number[] }>> = {
  [colour.grey]: { values: 1, bits: [1, 2, 4, 8, 16] },
  [colour.rgb]: { values: 3, bits: [8, 16] },
  [colour.palette]: { values: 1, bits: [1, 2, 4, 8] },
  [colour.grey_alpha]: { values: 2, bits: [8, 16] },
  [colour.rgb_alpha]: { values: 4, bits: [8, 16] },
};

export interface Picture {
  width: number;
  height: number;
  /** Of a value. */
  bits: number;
  colour: number;
  /** Three bytes an entry; empty: none. */
  palette: Buffer;
  /** tRNS; empty: none. */
  transparency: Buffer;
  /** Each with the number of its filter before it. */
  rows: Buffer;
}

export async function encodePng({
  width,
  height,
  bits,
  colour,
  palette,
  transparency,
  rows,
}: Picture): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colour, 0, 0, 0], 8); // deflate, no filter method but 0, not interlaced
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...(palette.length > 0 ? [chunk('PLTE', palette)] : []),
    ...(transparency.length > 0 ? [chunk('tRNS', transparency)] : []),
    chunk('IDAT', await promisify(deflate)(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The same picture with nothing in it but its points. Throws PICTURE_REFUSED. */
export const cleanPng = async (bytes: Buffer): Promise<Buffer> => encodePng(await readPng(bytes));

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

const refuse = (reason: string) => new PunktfunkError('PICTURE_REFUSED', { reason });

/** Throws PICTURE_REFUSED. */
async function readPng(bytes: Buffer): Promise<Picture> {
  if (bytes.length > max_png_bytes) throw refuse(`it has more than ${max_png_bytes} bytes`);
  if (!bytes.subarray(0, signature.length).equals(signature)) throw refuse('it is no PNG');
  const parts = sortChunks(bytes);
  const head = readHeader(parts.header);
  const { palette, transparency } = readColours(head, parts);
  const rows = await readRows(head, Buffer.concat(parts.data));
  return { ...head, palette, transparency, rows };
}

interface Parts {
  header: Buffer;
  palette: Buffer | undefined;
  transparency: Buffer | undefined;
  data: Buffer[];
}

/** One IHDR first; PLTE, then tRNS, each at most once; IDAT in a row; IEND last. What else is in it is left out. */
function sortChunks(bytes: Buffer): Parts {
  const order = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'];
  const found = new Map<string, Buffer[]>();
  let latest = -1;
  let before = '';
  let count = 0;
  for (let at = signature.length; ; ) {
    if (++count > max_parts) throw refuse('it has thousands of parts');
    if (bytes.length - at < 12) throw refuse('it ends too early');
    const length = bytes.readUInt32BE(at);
    if (length > bytes.length - at - 12) throw refuse('it ends too early');
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length))
      throw refuse('it is damaged: a checksum is wrong');
    at += length + 12;
    const place = order.indexOf(type);
    if (place < 0 && !/^[a-z][A-Za-z]{3}$/.test(type)) throw refuse('it has a part that nobody knows');
    if (place < 0 && latest < 0) throw refuse('it does not begin with its header');
    if (place >= 0) {
      const repeats = type === 'IDAT' && before === 'IDAT';
      if ((place <= latest && !repeats) || (latest < 0 && place > 0)) throw refuse('its parts are out of order');
      latest = place;
      const alike = found.get(type);
      if (alike) alike.push(data);
      else found.set(type, [data]);
    }
    before = type;
    if (type !== 'IEND') continue;
    if (at !== bytes.length || length > 0) throw refuse('something follows its end');
    const [header] = found.get('IHDR') ?? [];
    const data_parts = found.get('IDAT');
    if (!header || !data_parts) throw refuse('it has no picture in it');
    return { header, palette: found.get('PLTE')?.[0], transparency: found.get('tRNS')?.[0], data: data_parts };
  }
}

type Head = Pick<Picture, 'width' | 'height' | 'bits' | 'colour'>;

function readHeader(header: Buffer): Head {
  if (header.length !== 13) throw refuse('its header is no header');
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const [bits = 0, colour = 0, compression, filter, interlace] = header.subarray(8);
  if (width < 1 || height < 1 || width > max_side_px || height > max_side_px)
    throw refuse(`it is ${width} by ${height} points large`);
  if (!colours[colour]?.bits.includes(bits) || compression !== 0 || filter !== 0)
    throw refuse('its header names a form that no PNG has');
  if (interlace !== 0) throw refuse('it is interlaced; save it without that');
  const head = { width, height, bits, colour };
  if (rowBytes(head) * height > max_rows_bytes) throw refuse('it has 16 bits a value; save it with 8');
  return head;
}

/** With the number of its filter. */
const rowBytes = ({ width, bits, colour }: Head): number =>
  1 + Math.ceil((width * bits * (colours[colour]?.values ?? 0)) / 8);

function readColours({ bits, colour: kind }: Head, { palette, transparency }: Parts) {
  const none = Buffer.alloc(0);
  const entries = (palette?.length ?? 0) / 3;
  const most = 2 ** Math.min(bits, 8);
  if (kind === colour.palette ? !palette : palette && (kind === colour.grey || kind === colour.grey_alpha))
    throw refuse('its palette does not fit its colours');
  if (palette && (entries < 1 || entries > (kind === colour.palette ? most : 256) || !Number.isInteger(entries)))
    throw refuse('its palette has a size that no palette has');
  const fits: Readonly<Record<number, (bytes: number) => boolean>> = {
    [colour.grey]: (length) => length === 2,
    [colour.rgb]: (length) => length === 6,
    [colour.palette]: (length) => length <= entries,
  };
  if (transparency && !fits[kind]?.(transparency.length)) throw refuse('its transparency does not fit its colours');
  // A suggestion for screens of 256 colours is left out; an entry that is not there could be asked for by a point.
  const whole = kind === colour.palette ? Buffer.concat([palette ?? none], most * 3) : none;
  return { palette: whole, transparency: transparency ?? none };
}

async function readRows(head: Head, data: Buffer): Promise<Buffer> {
  const bytes = rowBytes(head) * head.height;
  let rows: Buffer;
  try {
    rows = await promisify(inflate)(data, { maxOutputLength: bytes });
  } catch {
    throw refuse('its points cannot be unpacked, or are more than it says');
  }
  if (rows.length !== bytes) throw refuse('its points are fewer than it says');
  for (let at = 0; at < bytes; at += rowBytes(head))
    if ((rows[at] ?? 0) > 4) throw refuse('a row of it is filtered in a way that nobody knows');
  return rows;
}
