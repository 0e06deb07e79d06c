// Reads recordings: outside bytes, since anything may have happened to a file. Bounded, and never more than one file's worth is lost.

import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { openPlainHandle } from '../plain-file.ts';
import { readLines } from '../session/lines.ts';
import { Head, RecordedSecond, Tail } from './format.ts';

/** More than any line of ours has. */
const max_line_length = 8_192;
/** More than any recording of ours has: what comes after is not read. */
const max_read_bytes = 32 << 20;

export interface Recording {
  /** Undefined: it is none of ours, or its begin is damaged. */
  head: Head | undefined;
  seconds: RecordedSecond[];
  /** Undefined while the stream is on, or when the host ended before it could write it. */
  tail: Tail | undefined;
  /** Lines that are no lines of a recording. A last one that is cut off is none of them. */
  bad_lines: number;
}

/** The first and the last line alone: what a list needs. Throws the file system's errors. */
export async function readEnds(path: string): Promise<Pick<Recording, 'head' | 'tail'>> {
  const file = await openPlainHandle(path);
  try {
    const { size } = await file.stat();
    const [first = ''] = (await textAt(file, 0)).split('\n', 1);
    const last = (await textAt(file, Math.max(0, size - max_line_length))).trimEnd().split('\n').at(-1) ?? '';
    return { head: parsed(Head, first), tail: parsed(Tail, last) };
  } finally {
    await file.close();
  }
}

async function textAt(file: FileHandle, position: number): Promise<string> {
  const buffer = Buffer.alloc(max_line_length);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  return buffer.toString('utf8', 0, bytesRead);
}

/** All of it. Throws the file system's errors. */
export async function readRecording(path: string): Promise<Recording> {
  const recording: Recording = { head: undefined, seconds: [], tail: undefined, bad_lines: 0 };
  const stream = (await openPlainHandle(path)).createReadStream({ end: max_read_bytes - 1 });
  const failure = Promise.withResolvers<never>();
  stream.once('error', failure.reject);
  let first = true;
  readLines(stream, max_line_length, (line) => {
    if (first) recording.head = parsed(Head, line);
    else if (!takeLine(recording, line)) recording.bad_lines++;
    first = false;
  });
  await Promise.race([once(stream, 'close'), failure.promise]);
  return recording;
}

function takeLine(recording: Recording, line: string): boolean {
  const second = parsed(RecordedSecond, line);
  if (second) {
    recording.seconds.push(second);
    return true;
  }
  recording.tail = parsed(Tail, line);
  return recording.tail !== undefined;
}

function parsed<S extends TSchema>(schema: S, line: string): Static<S> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Check(schema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
