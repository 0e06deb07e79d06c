// `punktfunk-harness self-check`: the kit measures what is known. A stream to ourselves is held up by some milliseconds, and the network's
// time has to be longer by as many.

import { HostBehindLink } from '../impair/behind-link.ts';
import { RelayError } from '../impair/relay.ts';
import { command } from '../kit/measurement.ts';
import { amount, type Values, whole } from '../kit/options.ts';
import { CaseRecord, NotMeasured, type Run } from '../kit/run.ts';
import { median } from '../kit/statistics.ts';
import { addStages } from '../latency/stages.ts';
import { app_titles, FrameStamps, localStatistics, startOwn, untilTold } from '../latency/target.ts';
import { untilFirstFrame, watch } from '../latency/watch.ts';
import { Probe } from '../probe/client.ts';

const delays_ms = [5, 10, 20] as const;
/** By so much a middle may be off. */
const tolerance_ms = 0.5;
const settle_s = 0.5;
const relay_address = '127.0.0.2';

const options = {
  rounds: whole('so often each delay, in turns with none', 3, 1, 100),
  seconds: amount('of each', 2, 0.5, 60),
};

type CheckRun = Run<Values<typeof options>>;

export const self_check = command({
  name: 'self-check',
  summary: 'the kit measures what is known: a delay that it makes itself',
  operands: '[options]',
  about: `Our own host streams through the relay (impair), which holds datagrams up by
${delays_ms.join(', ')} ms, in turns with none. The middle of the network's time has to be
longer by as much, within ${tolerance_ms} ms: else the kit is not to be trusted here.`,
  examples: ['--rounds 5'],
  options,
  limits: [],
  budget_s: 180,
  async measure(run) {
    const host = await startOwn();
    const stamps = new FrameStamps(localStatistics(host.data_dir));
    try {
      const path = await HostBehindLink.open({
        host: '127.0.0.1',
        base_port: host.base_port,
        listen: relay_address,
        seed: run.seed,
        link: [],
      });
      try {
        const probe = await Probe.open({ host: relay_address, port: host.base_port, data_dir: host.probe_dir });
        await tryDelays(run, probe, path, stamps.frames);
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
  },
});

async function tryDelays(
  run: CheckRun,
  probe: Probe,
  { relay }: HostBehindLink,
  frames: FrameStamps['frames'],
): Promise<void> {
  const { signal, values } = run;
  const network = new Map<number, number[]>([0, ...delays_ms].map((delay) => [delay, []]));
  const stream = await probe.stream({ app: app_titles.moving });
  try {
    await untilFirstFrame(stream, signal);
    await watch(stream, 2, signal, () => {});
    for (let round = 0; round < values.rounds; round++)
      for (const delay of delays_ms.flatMap((one) => [0, one])) {
        if (signal.aborted) return;
        run.progress(`round ${round + 1} of ${values.rounds}: ${delay} ms`);
        await relay.setLink(delay === 0 ? 'clean' : `delay=${delay}ms`, 'clean');
        await watch(stream, settle_s, signal, () => {});
        const { pictures, ended } = await watch(stream, values.seconds, signal, () => {});
        if (ended !== undefined) throw new NotMeasured(`The stream stopped in the middle: ${ended}.`);
        await untilTold(frames, pictures, signal);
        network.get(delay)?.push(...networkOf(pictures, frames));
      }
  } finally {
    await stream.stop();
    judge(run, network);
  }
  if (!signal.aborted && [...network.values()].some((values) => values.length === 0))
    throw new NotMeasured('Of some delays no picture came: the host told nothing of them, or the stream stood.');
}

/** Of each picture, as `latency` measures it. */
function networkOf(
  pictures: Parameters<typeof addStages>[1]['pictures'],
  frames: FrameStamps['frames'],
): readonly number[] {
  const of = new CaseRecord('', 1);
  addStages(of, { pictures, frames, toOurs: (ns) => ns, clock_error_ms: 0 });
  return of.series.find(({ name }) => name === 'network')?.values ?? [];
}

function judge(run: CheckRun, network: ReadonlyMap<number, readonly number[]>): void {
  const none = network.get(0) ?? [];
  for (const [delay, values] of network)
    run.newCase(`${delay} ms`).addSeries({ name: 'network', unit: 'ms', from: 'sent', to: 'received', values });
  const into = run.newCase('found of what was made');
  for (const delay of delays_ms) {
    const values = network.get(delay) ?? [];
    if (values.length === 0 || none.length === 0) continue;
    const found = median(values) - median(none);
    into.addCount(`${delay} ms`, found, 'ms');
    if (Math.abs(found - delay) > tolerance_ms)
      run.fail(`A delay of ${delay} ms was measured as ${found.toFixed(2)} ms (within ${tolerance_ms} ms are right).`);
  }
}
