// How late input is: a button is pressed at the client, the beacon paints anew, and the picture of that is decoded here.

import { scheduler } from 'node:timers/promises';
import type { CaseRecord } from '../kit/run.ts';
import type { NativePicture } from '../probe/native.ts';
import type { StreamHandle } from '../probe/stream.ts';
import type { ToOurs } from './host-clock.ts';

/** Of the left button. */
const button = 1;
/** A press of which nothing is seen by then is lost. */
const answer_ms = 1000;
const look_ms = 2;
/** Between presses, longer than a picture, and never in step with them. */
const pause_ms = 97;

interface Reaction {
  readonly sent_ns: number;
  /** In the host's clock. */
  readonly painted_ns: number;
  readonly decoded_ns: number;
}

export interface Clicked {
  readonly reactions: readonly Reaction[];
  readonly lost: number;
}

const now_ns = (): number => Number(process.hrtime.bigint());

/** Presses and releases until the time is up; each is answered by a picture of its own. */
export async function click(stream: StreamHandle, seconds: number, signal: AbortSignal): Promise<Clicked> {
  const reactions: Reaction[] = [];
  let lost = 0;
  const until_ms = performance.now() + seconds * 1000;
  let newest = newestNumber(stream, -1);
  for (let down = true; performance.now() < until_ms && !signal.aborted; down = !down) {
    const sent_ns = now_ns();
    if (!stream.sendInput({ kind: 'button', button, down })) break;
    const picture = await answerTo(stream, newest, signal);
    if (picture?.beacon) {
      newest = picture.beacon.number;
      reactions.push({ sent_ns, painted_ns: picture.beacon.painted_ns, decoded_ns: picture.decoded_ns });
    } else if (!signal.aborted) lost++;
    await scheduler.wait(pause_ms);
    newest = newestNumber(stream, newest);
  }
  return { reactions, lost };
}

export function addInput(
  into: CaseRecord,
  { reactions, lost }: Clicked,
  { toOurs, clock_error_ms }: { toOurs: ToOurs | undefined; clock_error_ms: number },
): void {
  const series = (name: string, to: string, end: (one: Reaction) => number, error: number) =>
    into.addSeries({
      name,
      unit: 'ms',
      from: 'click sent',
      to,
      error,
      values: reactions.map((one) => (end(one) - one.sent_ns) / 1e6),
    });
  if (toOurs)
    series('click to reaction painted', 'reaction painted', ({ painted_ns }) => toOurs(painted_ns), clock_error_ms);
  series('click to reaction decoded', 'reaction decoded', ({ decoded_ns }) => decoded_ns, 0);
  into.addCount('clicks without a reaction', lost);
}

function newestNumber(stream: StreamHandle, known: number): number {
  return stream.takePictures().reduce((newest, { beacon }) => Math.max(newest, beacon?.number ?? -1), known);
}

async function answerTo(stream: StreamHandle, before: number, signal: AbortSignal): Promise<NativePicture | undefined> {
  const late_ms = performance.now() + answer_ms;
  while (performance.now() < late_ms && !signal.aborted) {
    await scheduler.wait(look_ms);
    const found = stream.takePictures().find(({ beacon }) => beacon !== undefined && beacon.number > before);
    if (found) return found;
  }
  return undefined;
}
