// What a beacon that cannot be read tells all the same: a number that nobody can trust is not told, but why there is none.

import { harness_command } from '../../src/installation.ts';
import type { VideoSummary } from '../probe/summary.ts';

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
    return `It is there, but ${x} pixels to the right and ${y} below the corner: it has to fill the screen.`;
  return `It is there, but its colours are changed (its black is ${dark} and its white ${light}, of 255): a night light, a filter, or a picture of high dynamic range.`;
}

/** A sentence when no figure can be made of the beacon: it is never read, or runs backward. */
export function unreadBeacon(video: VideoSummary): string | undefined {
  if (video.pictures === 0) return 'No picture was decoded, so that there is no latency.';
  if (video.beacon_pictures === 0) return `No beacon can be read in ${video.pictures} pictures. ${whyUnread(video)}`;
  if (video.beacon_backward > 0)
    return `The beacon's numbers went back ${video.beacon_backward} times: there are two beacons, or it was started anew. Run one.`;
  return undefined;
}

/** A sentence for whoever reads figures of which some pictures are missing. */
export function partlyRead(video: VideoSummary): string | undefined {
  const share = video.beacon_pictures / video.pictures;
  if (share >= good_share) return undefined;
  return `The beacon could be read in ${percent(share)} of ${video.pictures} pictures, and the figures are of those alone. ${whyUnread(video)}`;
}
