// A tar archive (POSIX.1-2017, pax, "ustar Interchange Format") of a few short files, in memory.

const block_bytes = 512;
const max_name_bytes = 100;

export interface TarFile {
  /** ASCII, at most 100 bytes. */
  name: string;
  text: string;
}

export function tarOf(files: readonly TarFile[], modified: Date): Buffer {
  const parts = files.flatMap(({ name, text }) => {
    const contents = Buffer.from(text);
    const padding = Buffer.alloc((block_bytes - (contents.length % block_bytes)) % block_bytes);
    return [headerOf(name, contents.length, modified), contents, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block_bytes)]);
}

function headerOf(name: string, size: number, modified: Date): Buffer {
  if (Buffer.byteLength(name) > max_name_bytes) throw new RangeError(`${name} is too long a name`);
  const header = Buffer.alloc(block_bytes);
  const octal = (value: number, at: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, '0'), at);
  header.write(name, 0);
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.floor(modified.getTime() / 1000), 136, 11);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  header[154] = 0;
  return header;
}
