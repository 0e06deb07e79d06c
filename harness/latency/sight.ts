// What a beacon that cannot be read tells all the same: a number that nobody can trust is not told, but why there is none.

import { harness_command } from '../../src/installation.ts';
import { NotMeasured, type Run } from '../kit/run.ts';
import type { StreamHandle } from '../probe/stream.ts';
import type { VideoSummary } from '../probe/summary.ts';
import type { Target } from './target.ts';
import { watch } from './watch.ts';

/** A person starts it by hand, once there is a stream to see it in. */
const patience_s = 60;

/** Of a picture's pictures; with less there is something in front of the beacon now and then. */
const good_share = 0.9;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Why no beacon can be read, as far as the picture tells. */
function whyUnread({ beacon_sight, width, height }: VideoSummary): string {
  if (!beacon_sight)
    return (
      'Is it running on the desktop that is streamed, in front of everything, in the top left corner, unscaled? It is started by hand, by ' +
      `--beacon-command, or as an application of the host (${harness_command} beacon).`
    );
  const { scale, x, y, dark, light } = beacon_sight;
  if (Math.abs(scale - 1) > 0.01)
    return `It is there, but scaled to ${percent(scale)}: something between the desktop and this picture of ${width}x${height} changes the size. Ask for the desktop's own (--width, --height).`;
  if (x > 3 || y > 3)
    return `It is there, but about ${x} pixels to the right and ${y} below the corner: it has to fill the screen.`;
  return `It is there, but its colours are changed (its black is ${dark} and its white ${light}, of 255): a night light, a filter, or a picture of high dynamic range.`;
}

/** Until there is a beacon to be read, or something that looks like one; throws NotMeasured when none comes in time. */
export async function untilBeacon(
  run: Pick<Run<{ readonly seconds: number }>, 'left_s' | 'progress' | 'signal' | 'values'>,
  target: Pick<Target, 'trouble'>,
  stream: StreamHandle,
): Promise<void> {
  const until_s = run.left_s - Math.min(patience_s, Math.max(0, run.left_s - run.values.seconds));
  for (;;) {
    const { video } = stream.summary();
    const trouble = target.trouble();
    if (trouble !== undefined) throw new NotMeasured(trouble);
    if (run.signal.aborted || (video && (video.beacon_pictures > 0 || video.beacon_sight))) return;
    if (run.left_s <= until_s)
      throw new NotMeasured(
        `No beacon can be read in ${video?.pictures ?? 0} pictures. ${video ? whyUnread(video) : 'No picture came.'}`,
      );
    run.progress(
      `no beacon is seen yet: run punktfunk-beacon on the desktop of the host (${harness_command} beacon) …`,
    );
    if ((await watch(stream, 1, run.signal, () => {})).ended !== undefined) return; // told by who watches it
  }
}

/** What was decoded while it was measured, and how many of these pictures had a beacon that could be read. */
export interface Seen {
  readonly pictures: number;
  readonly read: number;
}

/** A sentence when no figure can be made of the beacon: it was not read, or ran backward. */
export function unreadBeacon(video: VideoSummary, { pictures, read }: Seen): string | undefined {
  if (video.pictures === 0) return 'No picture was decoded, so that there is no latency.';
  if (pictures === 0) return `No picture came while it was measured: what is streamed stands. ${whyUnread(video)}`;
  if (read === 0) return `No beacon can be read in ${pictures} pictures. ${whyUnread(video)}`;
  if (video.beacon_backward > 0)
    return `The beacon's numbers went back ${video.beacon_backward} times: there are two beacons, or it was started anew. Run one.`;
  return undefined;
}

/** A sentence for whoever reads figures of which some pictures are missing. */
export function partlyRead(video: VideoSummary, { pictures, read }: Seen): string | undefined {
  if (read >= good_share * pictures) return undefined;
  return `The beacon could be read in ${percent(read / pictures)} of ${pictures} pictures, and the figures are of those alone. ${whyUnread(video)}`;
}
