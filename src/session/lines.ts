// Lines that a process writes, read no further than the longest that is wanted: a process that ends no line fills no memory.

import type { Readable } from 'node:stream';

/** `whole` is false for the beginning of a line that is too long; the rest of it is left out. */
export function readLines(stream: Readable, max_length: number, onLine: (line: string, whole: boolean) => void): void {
  let line = '';
  let told = false;
  stream.setEncoding('utf8');
  stream.on('error', () => {}); // whoever writes it is gone, which is told by its end
  stream.on('data', (text: string) => {
    const pieces = text.split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (!told) line += piece;
      const isEnded = index < pieces.length - 1;
      const isLong = line.length > max_length;
      if (!told && (isEnded || isLong)) onLine(line.slice(0, max_length), !isLong);
      told = isLong && !isEnded;
      if (isEnded) line = '';
      else if (isLong) line = line.slice(0, max_length + 1);
    }
  });
}
