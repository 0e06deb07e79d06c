// `punktfunk-harness latency`: how late a picture is, from its painting to its decoding, and where the time goes.

import { harness_command } from '../../src/installation.ts';
import type { HarnessCommand } from '../command.ts';
import { command } from '../kit/measurement.ts';
import { amount, choice, UsageError, type Values, words } from '../kit/options.ts';
import { type CaseRecord, NotMeasured, type Run } from '../kit/run.ts';
import { beacon_options, host_options, picture_options } from '../kit/stream-options.ts';
import { ProbeError } from '../probe/errors.ts';
import { defaultDataDir } from '../probe/identity.ts';
import type { StreamHandle } from '../probe/stream.ts';
import { bottleneckOf } from '../report/stages.ts';
import { askClock, default_clock_port, type Offset, OtherClock } from './clock.ts';
import { addInput } from './input.ts';
import { serve } from './serve-clock.ts';
import { partlyRead, unreadBeacon } from './sight.ts';
import { addStages } from './stages.ts';
import { openHost, openOwn, type Target, untilTold } from './target.ts';
import { untilFirstFrame, watch } from './watch.ts';

const options = {
  seconds: amount('measured, after two of warming up', 20, 1, 86_400),
  'input-seconds': amount('measured of clicks, where the beacon reacts to them; 0 = none', 10, 0, 3600),
  ...picture_options,
  codec: choice('asked for', ['h264', 'hevc', 'av1']),
  ...host_options,
  ...beacon_options,
  clock: words('HOST:PORT', "where latency serve-clock runs on HOST's machine"),
  'host-data-dir': words('DIR', 'of a punktfunk host on this machine: its own stamps'),
};

type LatencyRun = Run<Values<typeof options>>;
const warm_up_s = 2;

const measurement = command({
  name: 'latency',
  summary: 'how late pictures, input and sound are, and where the time goes',
  operands: '[HOST | serve-clock [PORT]] [options]',
  about: `From the painting of a picture to its decoding, by the time and number that the
beacon paints into it. Without HOST: our own host, on a desktop of its own, with
each stage. With HOST: any GameStream host, on whose desktop a beacon runs.
On another machine: its clock is asked by exchange (--clock), and by how much it
may be off is carried into every figure.`,
  examples: ['--json --out latency.json', '192.168.1.5 --pin 1234 --clock 192.168.1.5', 'serve-clock'],
  options,
  limits: ['max-p95-ms', 'min-fps', 'max-loss'],
  budget_s: 300,
  check(operands, values) {
    if (operands.length > 1) throw new UsageError('latency takes one host');
    const of_a_host = ['pin', 'app', 'beacon-command', 'clock', 'host-data-dir', 'probe-dir'] as const;
    const stray = operands.length === 0 ? of_a_host.find((name) => values[name] !== undefined) : undefined;
    if (stray !== undefined) throw new UsageError(`--${stray} is of a HOST, and none is named`);
  },
  async measure(run) {
    try {
      await measureTarget(run);
    } catch (error) {
      if (error instanceof ProbeError) throw new NotMeasured(`${error.message.replace(/\.$/, '')}.`, { cause: error });
      throw error;
    }
  },
});

export const latency: HarnessCommand = {
  summary: measurement.summary,
  run: (argv) => (argv[0] === 'serve-clock' ? serve(argv.slice(1)) : measurement.run(argv)),
};

async function measureTarget(run: LatencyRun): Promise<void> {
  const [host] = run.operands;
  const { values } = run;
  run.progress(host === undefined ? 'our own host starts …' : `${host} is asked …`);
  const target =
    host === undefined
      ? await openOwn()
      : await openHost(
          {
            host,
            port: values.port,
            pin: values.pin,
            probe_dir: values['probe-dir'] ?? defaultDataDir(),
            app: values.app,
            data_dir: values['host-data-dir'],
            beacon_command: values['beacon-command'],
          },
          run.progress,
        );
  try {
    await measurePictures(run, target);
    if (target.apps.reacting !== undefined && values['input-seconds'] > 0 && !run.signal.aborted)
      await measureInput(run, target);
  } finally {
    await target.close();
  }
}

const wish = ({ values }: LatencyRun) => ({
  width: values.width,
  height: values.height,
  fps: values.fps,
  bitrate_kbps: values['bitrate-kbps'],
  codec: values.codec,
});

const appOf = (app: string | undefined) => (app === undefined ? {} : { app });

async function measurePictures(run: LatencyRun, target: Target): Promise<void> {
  const { values, signal } = run;
  const clock = await firstAsked(run, target);
  const stream = await target.probe.stream({ ...wish(run), ...appOf(target.apps.moving) });
  try {
    await untilFirstFrame(stream, signal);
    run.progress('the stream warms up …');
    await watch(stream, warm_up_s, signal, () => {});
    const told_before = target.frames.length;
    const begun_s = run.left_s;
    const { pictures, ended } = await watch(stream, values.seconds, signal, (so_far) =>
      run.progress(`${so_far.length} pictures, ${(begun_s - run.left_s).toFixed(0)} of ${values.seconds} s`),
    );
    if (ended === undefined) await untilTold(target.frames, pictures, signal);
    const other = clock && (await lastAsked(run, target, clock));
    const into = run.newCase(`${values.width}x${values.height}@${values.fps}`);
    const of_one_clock = target.one_clock || other !== undefined;
    addStages(into, {
      pictures: of_one_clock ? pictures : pictures.map(({ beacon: _, ...rest }) => rest),
      frames: target.frames.slice(Math.max(0, told_before - values.fps)),
      toOurs: (ns) => other?.toOurs(ns) ?? ns,
      clock_error_ms: run.clock.error_ms,
    });
    await addCounts(run, into, stream, of_one_clock);
    if (ended !== undefined) throw new NotMeasured(`The stream stopped in the middle: ${ended}.`);
  } finally {
    await stream.stop();
  }
}

/** The clock of the other machine, before; none where there is one clock, or nobody to ask. */
async function firstAsked(run: LatencyRun, target: Target): Promise<Offset | undefined> {
  const { clock } = run.values;
  if (clock === undefined) {
    if (!target.one_clock)
      run.note(
        'The beacon paints the time of another machine, whose clock is not known: run "latency serve-clock" there and name it with --clock.',
      );
    return undefined;
  }
  return await ask(clock, run.signal);
}

async function ask(clock: string, signal: AbortSignal): Promise<Offset> {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(clock) ?? [];
  try {
    const offset = await askClock(host, Number(port ?? default_clock_port), signal);
    if (offset) return offset;
  } catch (error) {
    throw new NotMeasured(
      `The clock at ${clock} cannot be asked: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  throw new NotMeasured(`The clock at ${clock} does not answer. Run there: ${harness_command} latency serve-clock`);
}

async function lastAsked(run: LatencyRun, target: Target, before: Offset): Promise<OtherClock> {
  const other = new OtherClock(before, await ask(run.values.clock ?? '', AbortSignal.timeout(5000)));
  run.clock = {
    name: 'CLOCK_MONOTONIC of both machines',
    error_ms: other.error_ms,
    how: `half of the shortest way there and back; they drifted apart by ${other.drift_ms.toFixed(3)} ms`,
  };
  if (target.one_clock)
    run.note('The host is on this machine: its clock is ours, and --clock can only make the figures less sure.');
  return other;
}

async function addCounts(
  run: LatencyRun,
  into: CaseRecord,
  stream: StreamHandle,
  of_one_clock: boolean,
): Promise<void> {
  const { video } = stream.summary();
  if (!video) throw new NotMeasured('No picture came.');
  const ms = (values: readonly number[]) => ({ unit: 'ms', values });
  const clicks = of_one_clock ? stream.clicks() : [];
  into.addSeries({
    ...ms(clicks.map(({ painted_ns, heard_ns }) => (heard_ns - painted_ns) / 1e6)),
    ...{ name: 'sound: written to heard', from: 'sound written', to: 'heard', error: run.clock.error_ms },
  });
  into.addSeries({
    ...ms(clicks.map(({ heard_ns, received_ns }) => (received_ns - heard_ns) / 1e6)),
    ...{ name: 'picture after its sound', from: 'heard', to: 'its picture received' },
  });
  into.addCount('frames', video.frames);
  into.addCount('frames lost', video.frames_lost);
  into.addCount('frames repaired', video.frames_repaired);
  into.addCount('frames a second', video.fps, 'frames/s');
  into.addCount('rate', video.bitrate_kbps, 'kbit/s');
  const all = video.frames + video.frames_lost;
  run.hold('max-loss', all > 0 ? (100 * video.frames_lost) / all : undefined, 'frames missing');
  run.hold('min-fps', video.frames > 1 ? video.fps : undefined, 'whole frames');
  const whole = into.series.find(({ name }) => name === 'painted to decoded');
  run.hold('max-p95-ms', whole?.summary.p95, 'painted to decoded, p95');
  const unread = of_one_clock ? unreadBeacon(video) : undefined;
  if (unread !== undefined) throw new NotMeasured(unread);
  const partly = of_one_clock ? partlyRead(video) : undefined;
  if (partly !== undefined) run.note(partly);
  const slowest = bottleneckOf(into.series);
  if (slowest)
    run.note(
      `${slowest.name} takes longest: ${slowest.summary.p50.toFixed(2)} ms in the middle, from ${slowest.from} to ${slowest.to}.`,
    );
}

/** In a stream of its own: a picture that stands until somebody clicks. */
async function measureInput(run: LatencyRun, target: Target): Promise<void> {
  await target.probe.quit();
  const stream = await target.probe.stream({ ...wish(run), ...appOf(target.apps.reacting) });
  try {
    await untilFirstFrame(stream, run.signal);
    run.progress('clicks …');
    await watch(stream, warm_up_s, run.signal, () => {});
    const into = run.newCase('input');
    const seen = { signal: run.signal, clock_error_ms: run.clock.error_ms };
    await addInput(into, stream, Math.min(run.values['input-seconds'], run.left_s), seen);
  } finally {
    await stream.stop();
    await target.probe.quit();
  }
}
