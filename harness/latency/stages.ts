// A picture's way, stage by stage: what the host says of each picture and what the client saw of it are the same picture by its number on
// the wire.

import type { FrameTimes } from '../../src/contract/statistics.ts';
import type { CaseRecord, NewSeries } from '../kit/run.ts';
import type { NativePicture } from '../probe/native.ts';
import { next_one } from '../report/plots.ts';

export interface Seen {
  readonly pictures: readonly NativePicture[];
  /** Of the host, where it tells. Empty: a black box. */
  readonly frames: readonly FrameTimes[];
  /** The host's times, and the beacon's, in our clock; undefined: nobody knows by how much they differ. */
  readonly toOurs: ((host_ns: number) => number) | undefined;
  /** Of those, in ms. */
  readonly clock_error_ms: number;
}

interface Whole {
  readonly picture: NativePicture;
  readonly frame: FrameTimes;
  /** In the host's clock. Undefined: the picture shows what another one showed before, or no beacon. */
  readonly painted_ns: number | undefined;
}

const ms = (from_ns: number, to_ns: number): number => (to_ns - from_ns) / 1e6;
const us = 1000;

/** The first picture of each number; a number that comes again was painted long before. */
export function firstSights(pictures: readonly NativePicture[]): { picture: NativePicture; painted_ns: number }[] {
  const found: { picture: NativePicture; painted_ns: number }[] = [];
  let newest = -1;
  for (const picture of pictures) {
    if (!picture.beacon || picture.beacon.number <= newest) continue;
    newest = picture.beacon.number;
    found.push({ picture, painted_ns: picture.beacon.painted_ns });
  }
  return found;
}

function wholeWays(seen: Seen): Whole[] {
  const frames = new Map(seen.frames.map((frame) => [frame.frame, frame]));
  const painted = new Map(firstSights(seen.pictures).map(({ picture, painted_ns }) => [picture.frame, painted_ns]));
  return seen.pictures.flatMap((picture) => {
    const frame = frames.get(picture.frame);
    return frame ? [{ picture, frame, painted_ns: painted.get(picture.frame) }] : [];
  });
}

const host_us = ({ capture_us, convert_us, wait_us, encode_us, protect_us, send_us }: FrameTimes): number =>
  capture_us + convert_us + wait_us + encode_us + protect_us + send_us;
const composed_ns = (frame: FrameTimes): number => (frame.sent_at_us - host_us(frame)) * us;

/** Name, from, to, and what it is of a picture; undefined where a picture has none. */
type Stage = [name: string, from: string, to: string, of: (whole: Whole) => number | undefined];
/** From the host's machine to the client's. */
type Way = [name: string, from: string, to: string, of: (whole: Whole, toOurs: (host_ns: number) => number) => number];

const host_stages: readonly Stage[] = [
  ['compose', 'painted', 'composed', ({ painted_ns, frame }) => painted_ns && ms(painted_ns, composed_ns(frame))],
  ['capture', 'composed', 'captured', ({ frame }) => frame.capture_us / us],
  ['convert', 'captured', 'converted', ({ frame }) => frame.convert_us / us],
  ['wait for its turn', 'converted', 'begun', ({ frame }) => frame.wait_us / us],
  ['encode', 'begun', 'encoded', ({ frame }) => frame.encode_us / us],
  ['protect', 'encoded', 'protected', ({ frame }) => frame.protect_us / us],
  ['send', 'protected', 'sent', ({ frame }) => frame.send_us / us],
];

const client_stages: readonly [string, string, string, (picture: NativePicture) => number][] = [
  ['repair', 'received', 'repaired', ({ received_ns, whole_ns }) => ms(received_ns, whole_ns)],
  ['decode', 'repaired', 'decoded', ({ whole_ns, decoded_ns }) => ms(whole_ns, decoded_ns)],
];

/** The stage between the machines, and what else of the way is of interest as one. */
const ways: readonly Way[] = [
  [
    'network',
    'sent',
    'received',
    ({ frame, picture }, toOurs) => ms(toOurs(frame.sent_at_us * us), picture.received_ns),
  ],
  [
    'encoded to received',
    'encoded',
    'received',
    ({ frame, picture }, toOurs) =>
      ms(toOurs((frame.sent_at_us - frame.send_us - frame.protect_us) * us), picture.received_ns),
  ],
  [
    'captured to received, encoding and waiting left out',
    'captured',
    'received',
    ({ frame, picture }, toOurs) =>
      ms(toOurs(frame.sent_at_us * us), picture.received_ns) +
      (frame.convert_us + frame.protect_us + frame.send_us) / us,
  ],
];

const timed = (name: string, from: string, to: string, values: readonly number[], error = 0): NewSeries => ({
  name,
  unit: 'ms',
  from,
  to,
  values,
  error,
});

/** What a host says of itself; GameStream's frame header counts in tenths of a millisecond (docs/gamestream.md, 6.4). */
export const inTheHost = (values: readonly number[]): NewSeries =>
  timed('in the host, as it says', 'composed', 'first packet', values, 0.1);

/** Of the pictures whose header has one, in ms. */
export const hostLatencies = (pictures: readonly NativePicture[]): number[] =>
  pictures.flatMap(({ host_latency_tenths_ms: tenths }) => (tenths > 0 ? tenths / 10 : []));

/** Into the case, as far as it was seen. */
export function addStages(into: CaseRecord, seen: Seen): void {
  const { pictures, toOurs, clock_error_ms } = seen;
  const wholes = wholeWays(seen);
  if (toOurs) addWholeWay(into, pictures, { toOurs, clock_error_ms });
  const numbers = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
  for (const [name, from, to, of] of host_stages) into.addSeries(timed(name, from, to, numbers(wholes.map(of))));
  if (toOurs)
    for (const [name, from, to, of] of ways)
      into.addSeries(
        timed(
          name,
          from,
          to,
          wholes.map((whole) => of(whole, toOurs)),
          clock_error_ms,
        ),
      );
  for (const [name, from, to, of] of client_stages) into.addSeries(timed(name, from, to, pictures.map(of)));
  if (wholes.length === 0) into.addSeries(inTheHost(hostLatencies(pictures)));
  const gaps = pictures.slice(1).map((picture, i) => ms(pictures[i]?.received_ns ?? 0, picture.received_ns));
  into.addSeries(timed('frame gaps', 'a whole frame', next_one, gaps));
}

function addWholeWay(
  into: CaseRecord,
  pictures: readonly NativePicture[],
  { toOurs, clock_error_ms }: { toOurs: (host_ns: number) => number; clock_error_ms: number },
): void {
  const sights = firstSights(pictures);
  const painted = (name: string, to: string, end: (picture: NativePicture) => number) =>
    into.addSeries(
      timed(
        name,
        'painted',
        to,
        sights.map(({ picture, painted_ns }) => ms(toOurs(painted_ns), end(picture))),
        clock_error_ms,
      ),
    );
  painted('painted to received', 'received', ({ received_ns }) => received_ns);
  painted('painted to decoded', 'decoded', ({ decoded_ns }) => decoded_ns);
}
