// A stream to ourselves: our own host behind the relay, and the probe.

import { HostBehindLink } from '../impair/behind-link.ts';
import { type Relay, RelayError } from '../impair/relay.ts';
import { NotMeasured } from '../kit/run.ts';
import { app_titles, FrameStamps, localStatistics, startOwn } from '../latency/target.ts';
import { untilFirstFrame, watch } from '../latency/watch.ts';
import { Probe } from '../probe/client.ts';
import type { StreamHandle } from '../probe/stream.ts';
import type { CheckRun } from './options.ts';

export type Frames = FrameStamps['frames'];
export interface SelfStream {
  readonly stream: StreamHandle;
  readonly relay: Relay;
  /** As the host tells them. */
  readonly frames: Frames;
}

const relay_address = '127.0.0.2';
const warm_up_s = 2;
const settle_s = 0.5;

/** After the link has changed. */
export const settle = (stream: StreamHandle, signal: AbortSignal) => watch(stream, settle_s, signal, () => {});

/** Streams while `use` runs. Throws NotMeasured. */
export async function withSelfStream(run: CheckRun, use: (self: SelfStream) => Promise<void>): Promise<void> {
  run.progress('our own host starts …');
  const host = await startOwn(run.signal);
  const stamps = new FrameStamps(localStatistics(host.data_dir));
  try {
    const { base_port, probe_dir } = host;
    const where = { host: '127.0.0.1', base_port, listen: relay_address, seed: run.seed, link: [] };
    const path = await HostBehindLink.open(where);
    try {
      const probe = await Probe.open({ host: relay_address, port: base_port, data_dir: probe_dir });
      const stream = await probe.stream({ app: app_titles.moving });
      try {
        await untilFirstFrame(stream, run.signal);
        await watch(stream, warm_up_s, run.signal, () => {});
        await use({ stream, relay: path.relay, frames: stamps.frames });
      } finally {
        await stream.stop();
      }
    } finally {
      await path.close();
    }
  } catch (error) {
    if (error instanceof RelayError) throw new NotMeasured(error.message);
    throw error;
  } finally {
    await stamps.leave();
    await host.close();
  }
}
