// A stream while it is watched: what it decodes is gathered, and its end before its time is told.

import { once } from 'node:events';
import { scheduler } from 'node:timers/promises';
import { NotMeasured } from '../kit/run.ts';
import type { NativePicture } from '../probe/native.ts';
import type { StreamHandle } from '../probe/stream.ts';

/** Less than it takes to fill what the client keeps (native/client/picture_sink.h). */
const look_ms = 250;

/** Resolves with the first picture; throws NotMeasured when there is none. */
export async function untilFirstFrame(stream: StreamHandle, signal: AbortSignal): Promise<void> {
  if (stream.summary().first_frame_ms !== null) return;
  const waiting = new AbortController();
  const ended = stream.ended.then(({ ended: end }) => {
    throw new NotMeasured(`The stream never started: ${end?.text ?? 'it has no end'}.`);
  });
  ended.catch(() => {});
  try {
    await Promise.race([
      once(stream, 'first_frame', { signal: waiting.signal }),
      ended,
      ...(signal.aborted ? [undefined] : [once(signal, 'abort', { signal: waiting.signal })]),
    ]);
  } finally {
    waiting.abort();
  }
}

export interface Watched {
  readonly pictures: NativePicture[];
  /** It ended before its time: how, in words. */
  readonly ended: string | undefined;
}

/** So long, or until the signal or the stream's end. */
export async function watch(
  stream: StreamHandle,
  seconds: number,
  signal: AbortSignal,
  onLook: (pictures: readonly NativePicture[]) => void,
): Promise<Watched> {
  const pictures: NativePicture[] = [];
  let ended: string | undefined;
  void stream.ended.then(({ ended: end }) => {
    ended = end?.text ?? 'it has no end';
  });
  const until_ms = performance.now() + seconds * 1000;
  stream.takePictures(); // what came before
  while (performance.now() < until_ms && !signal.aborted && ended === undefined) {
    await scheduler.wait(look_ms);
    pictures.push(...stream.takePictures());
    onLook(pictures);
  }
  return { pictures, ended };
}
