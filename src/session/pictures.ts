// How many pictures reach a client of those that it could have, and what bounds them: one line of `status`, and of the log when pictures
// begin to be missed and when that ends.

import type { Start } from '../contract/messages.ts';
import type { Figures } from '../contract/statistics.ts';
import type { Shortcoming } from '../errors.ts';
import type { Pictures } from '../events.ts';

/** So much of what is wanted counts as all of it, and one more, unless that is most of it: a report begins and ends between two. */
const whole = 0.95;
/** A stage that takes this much of the time between two pictures is what holds them up. */
const busy = 0.8;

type Asked = {
  video: Pick<Start['video'], 'fps' | 'bitrate_kbps'>;
  transport: Pick<Start['transport'], 'fec_percent'>;
};

/** `stats`: the newest report; `before`: the one before it, of the same engine. */
export function picturesOf(stats: Figures, { video, transport }: Asked, before?: Figures): Pictures {
  const both = (what: Counted) => stats[what] + (before?.[what] ?? 0);
  const perSecond = (count: number) => count / Math.max(both('interval_s'), 0.001);
  const asked = video.fps;
  const shown = stats.frames_shown === null ? null : perSecond(stats.frames_shown + (before?.frames_shown ?? 0));
  // A repetition may be counted as such a moment before it is counted as sent, and fall into another report.
  const sent = perSecond(Math.max(both('frames_sent') - both('frames_repeated'), 0));
  const wanted = Math.min(asked, shown ?? asked);
  const enough = (of: number, wish: number) => of + Math.min(1, asked / 2) >= whole * wish;
  const all = enough(sent, wanted);
  const rounded = { asked, shown: shown === null ? null : roundedRate(shown), sent: roundedRate(sent) };
  const lacking = all ? 0 : Math.max(1, Math.round(wanted - sent));
  const bound = (by: Pictures['bound']['by'], detail: string, missed = lacking): Pictures => ({
    ...rounded,
    missed,
    bound: { by, detail },
  });

  const wire_kbps = perSecond(both('bytes_sent') * 8) / 1000;
  if (all && wire_kbps >= whole * video.bitrate_kbps * (1 + transport.fec_percent / 100))
    return bound('client', `the client's own wish: ${video.bitrate_kbps / 1000} Mbit/s for the picture`);
  if (enough(sent, asked)) return bound('client', `the client's own wish: ${aSecond(asked)}`);
  if (all && rounded.sent === 0) return bound('desktop', 'the desktop: it stands still');
  if (all) return bound('desktop', `the desktop: it shows ${aSecond(rounded.shown ?? 0)}`);

  const cut_short = both('frames_cut_short');
  if (cut_short > 0) return bound('network', `the network: not all of ${cut_short} pictures could be sent`);
  if (stats.frames_sent === 0 && stats.send_would_block > 0)
    return bound('network', 'the network: it has not taken one whole picture in a second');
  const late = lateStage(stats.latency, asked);
  if (late) return bound(...late);
  // It may as well stand still: none is known to be missed.
  if (shown === null)
    return bound('desktop', 'the desktop, as it seems: it does not tell how many pictures it shows', 0);
  const captured = perSecond(both('frames_captured'));
  if (!enough(captured, wanted))
    return bound(
      'desktop',
      `the desktop: of ${aSecond(rounded.shown ?? 0)} that it shows ${roundedRate(captured)} come`,
    );
  const early = roundedRate(perSecond(both('frames_dropped')));
  return bound('desktop', `the desktop: it shows pictures unevenly, ${early} of them a second just before another`);
}

type Counted =
  | 'interval_s'
  | 'frames_captured'
  | 'frames_dropped'
  | 'frames_sent'
  | 'frames_repeated'
  | 'frames_cut_short'
  | 'bytes_sent';

/** What takes most of the time that there is between two pictures, or more than all of it each twentieth time; undefined: nothing. */
function lateStage(
  { capture, convert, encode, protect, send }: Figures['latency'],
  fps: number,
): [Pictures['bound']['by'], string] | undefined {
  const picture_us = 1_000_000 / fps;
  const encoding = { p50_us: convert.p50_us + encode.p50_us, p95_us: convert.p95_us + encode.p95_us };
  // The last of them first: what waits for it does so in a stage before.
  const stages = [
    ['network', 'the network: sending a picture takes', send],
    ['network', 'the network: until the picture before it is sent, one waits', protect],
    ['encoder', 'the encoder: a picture takes', encoding],
    ['capture', 'the capture: for a picture that the desktop shows it needs', capture],
  ] as const;
  const of = `ms of the ${ms(picture_us)} between two`;
  for (const [by, what, { p50_us }] of stages)
    if (p50_us >= busy * picture_us) return [by, `${what} ${ms(p50_us)} ${of}`];
  for (const [by, what, { p95_us }] of stages)
    if (p95_us >= picture_us) return [by, `${what} ${ms(p95_us)} ${of}, one time in twenty`];
  return undefined;
}

const aSecond = (count: number): string => `${count} ${count === 1 ? 'picture' : 'pictures'} a second`;
/** None is said of none alone. */
const roundedRate = (rate: number): number => (rate > 0 ? Math.max(1, Math.round(rate)) : 0);
const ms = (us: number): string => (us / 1000).toFixed(1);

/** Reports in a row until a change is believed: a single second says little. */
const steady = 3;

/** Hears each report; tells once that pictures are missed, and once that they are not any more. */
export class PictureWatch {
  #missing = false;
  #differing = 0;

  /** What is told, when this report is the one to tell of. */
  hear({ sent, missed, bound }: Pictures): ({ step: 'began' | 'over' } & Shortcoming) | undefined {
    this.#differing = missed > 0 === this.#missing ? 0 : this.#differing + 1;
    if (this.#differing < steady) return undefined;
    this.#differing = 0;
    this.#missing = !this.#missing;
    const parameters = { sent: String(sent), wanted: String(sent + missed), bound: bound.detail };
    return this.#missing
      ? { step: 'began', code: 'pictures_missed', parameters }
      : { step: 'over', code: 'pictures_back', parameters: { sent: String(sent) } };
  }
}
