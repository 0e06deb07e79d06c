// The kit measures losses that it makes itself: of the datagrams that the host sends so many may not arrive, within what chance allows.

import { NotMeasured } from '../kit/run.ts';
import { watch } from '../latency/watch.ts';
import type { CheckRun } from './options.ts';
import { type SelfStream, settle } from './self-stream.ts';

export const losses_percent = [1, 2, 5] as const;
/** So many standard deviations of a share that chance decides. */
export const sigmas = 3;
/** Of the datagrams on a clean link: in a second a hundredth is still on its way; where it is more, the client reads too unevenly. */
const steady_share = 0.02;

/** Datagrams that came to the relay from the host, and those of picture and sound that the client has read. */
interface Counts {
  readonly sent: number;
  readonly received: number;
  readonly kernel_drops: number;
}

async function countsOf({ stream, relay }: SelfStream): Promise<Counts> {
  const { down_sent = 0 } = await relay.stats();
  const { video, audio } = stream.summary();
  return {
    sent: down_sent,
    received: (video?.datagrams ?? 0) + (audio?.datagrams ?? 0),
    kernel_drops: (video?.kernel_drops ?? 0) + (audio?.kernel_drops ?? 0),
  };
}

const together = (a: Counts, b: Counts, sign: 1 | -1): Counts => ({
  sent: a.sent + sign * b.sent,
  received: a.received + sign * b.received,
  kernel_drops: a.kernel_drops + sign * b.kernel_drops,
});
const nothing: Counts = { sent: 0, received: 0, kernel_drops: 0 };

export async function tryLosses(run: CheckRun, self: SelfStream): Promise<void> {
  const { signal, values } = run;
  const counted = new Map<number, Counts>();
  const clean_shares: number[] = [];
  try {
    for (let round = 0; round < values.rounds; round++)
      for (const percent of losses_percent.flatMap((one) => [0, one])) {
        if (signal.aborted) return;
        run.progress(`round ${round + 1} of ${values.rounds}: ${percent} % lost`);
        await self.relay.setLink(percent === 0 ? 'clean' : `loss=${percent}%`, 'clean');
        await settle(self.stream, signal);
        const before = await countsOf(self);
        const { ended } = await watch(self.stream, values.seconds, signal, () => {});
        if (ended !== undefined) throw new NotMeasured(`The stream stopped in the middle: ${ended}.`);
        const came = together(await countsOf(self), before, -1);
        if (percent === 0 && came.sent > 0) clean_shares.push(came.received / came.sent);
        counted.set(percent, together(counted.get(percent) ?? nothing, came, 1));
      }
  } finally {
    await self.relay.setLink('clean').catch(() => {});
    judge(run, counted, clean_shares);
  }
}

function judge(run: CheckRun, counted: ReadonlyMap<number, Counts>, clean_shares: readonly number[]): void {
  const clean = counted.get(0);
  if (!clean?.received) return;
  const into = run.newCase('found of the loss that was made');
  const own = [...counted.values()].reduce((sum, { kernel_drops }) => sum + kernel_drops, 0);
  if (own > 0) {
    run.doubt(`the losses: this machine lost datagrams of its own, ${own} times. Try it on an idle one`);
    return;
  }
  const spread = Math.max(...clean_shares) - Math.min(...clean_shares);
  if (spread > steady_share) {
    const varied = `the losses: of what was sent over a clean link ${(100 * spread).toFixed(1)} % more came at one time than at another`;
    run.doubt(`${varied}. Try it on an idle machine`);
    return;
  }
  // What the client does not count, the control stream's, is the same share of all with a loss and without.
  const whole = clean.received / clean.sent;
  for (const percent of losses_percent) {
    const { sent, received } = counted.get(percent) ?? nothing;
    if (sent === 0) continue;
    const share = percent / 100;
    const found = 1 - received / (sent * whole);
    const allowed = sigmas * Math.sqrt((share * (1 - share)) / (sent * whole));
    into.addCount(`${percent} % of ${sent} datagrams`, 100 * found, '%');
    if (Math.abs(found - share) > allowed)
      run.fail(
        `A loss of ${percent} % was measured as ${(100 * found).toFixed(2)} % (within ${(100 * allowed).toFixed(2)} are right).`,
      );
  }
}
