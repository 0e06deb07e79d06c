// `punktfunk-harness latency`: how late a picture is, from its painting to its decoding, and where the time goes.

import type { HarnessCommand } from '../command.ts';
import { command } from '../kit/measurement.ts';
import { amount, choice, UsageError, type Values, words } from '../kit/options.ts';
import { type CaseRecord, NotMeasured, type Run } from '../kit/run.ts';
import { beacon_options, host_options, picture_options, readable_width } from '../kit/stream-options.ts';
import { ProbeError } from '../probe/errors.ts';
import { defaultDataDir } from '../probe/identity.ts';
import type { StreamHandle } from '../probe/stream.ts';
import { bottleneckOf } from '../report/stages.ts';
import { HostClock, type ToOurs } from './host-clock.ts';
import { addInput, click } from './input.ts';
import { serve } from './serve-clock.ts';
import { partlyRead, type Seen, unreadBeacon, untilBeacon } from './sight.ts';
import { addStages } from './stages.ts';
import { openHost, openOwn, type Target, untilTold } from './target.ts';
import { untilFirstFrame, watch } from './watch.ts';

const options = {
  seconds: amount('measured, after two of warming up', 20, 1, 86_400),
  'input-seconds': amount('measured of clicks, where the beacon reacts to them; 0 = none', 10, 0, 3600),
  ...picture_options,
  width: readable_width('of the picture that is asked for'),
  codec: choice('asked for', ['h264', 'hevc', 'av1']),
  ...host_options,
  ...beacon_options,
  clock: words('HOST:PORT', "where latency serve-clock runs on HOST's machine"),
  'host-data-dir': words('DIR', 'of a punktfunk host on this machine: its own stamps'),
  'token-file': words('FILE', 'a token of a punktfunk HOST anywhere (token create --scope read): its own stamps'),
  'react-command': words('LINE', 'as --beacon-command, with a beacon that has --react: clicks are measured too'),
};

type LatencyRun = Run<Values<typeof options>>;
const warm_up_s = 2;

const measurement = command({
  name: 'latency',
  summary: 'how late pictures, input and sound are, and where the time goes',
  operands: '[HOST | serve-clock [PORT]] [options]',
  about: `From the painting of a picture to its decoding, by the time and number that the
beacon paints into it. Without HOST: our own host, on a desktop of its own, with
each stage. With HOST: any GameStream host, on whose desktop a beacon runs
(punktfunk-beacon, for Wayland and X11). On another machine: its clock is asked by
exchange (--clock), and by how much it may be off is carried into every figure.`,
  examples: ['--json --out latency.json', '192.168.1.5 --pin 1234 --clock 192.168.1.5', 'serve-clock'],
  options,
  limits: ['max-p95-ms', 'min-fps', 'max-loss'],
  budget_s: 300,
  check(operands, values) {
    if (operands.length > 1) throw new UsageError('latency takes one host');
    const of_a_host = [
      ...(['pin', 'app', 'beacon-command', 'react-command', 'clock'] as const),
      ...(['host-data-dir', 'token-file', 'probe-dir'] as const),
    ];
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
      ? await openOwn(run.signal)
      : await openHost(
          {
            host,
            port: values.port,
            pin: values.pin,
            probe_dir: values['probe-dir'] ?? defaultDataDir(),
            app: values.app,
            data_dir: values['host-data-dir'],
            token_file: values['token-file'],
            beacon_command: values['beacon-command'],
            react_command: values['react-command'],
          },
          run.progress,
        );
  try {
    await withStream(run, target, target.app, (stream, clock) => measurePictures(run, target, stream, clock));
    if (values['input-seconds'] > 0 && !run.signal.aborted) await measureInput(run, target);
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

/** A stream that shows pictures, and the clock of its host, until `measure` is done with them. */
async function withStream(
  run: LatencyRun,
  target: Target,
  app: string | undefined,
  measure: (stream: StreamHandle, clock: HostClock) => Promise<void>,
): Promise<void> {
  const clock = await HostClock.open(run, target);
  try {
    const stream = await target.probe.stream({ ...wish(run), ...(app === undefined ? {} : { app }) });
    try {
      await untilFirstFrame(stream, run.signal);
      run.progress('the stream warms up …');
      await watch(stream, warm_up_s, run.signal, () => {});
      await measure(stream, clock);
    } finally {
      await stream.stop();
    }
  } finally {
    clock.close();
  }
}

async function measurePictures(run: LatencyRun, target: Target, stream: StreamHandle, clock: HostClock): Promise<void> {
  const { values, signal } = run;
  if (clock.known) await untilBeacon(run, target, stream);
  const begun_s = run.left_s;
  const { pictures, ended } = await watch(stream, values.seconds, signal, (so_far) =>
    run.progress(`${so_far.length} pictures, ${(begun_s - run.left_s).toFixed(0)} of ${values.seconds} s`),
  );
  if (ended === undefined) await untilTold(target.frames, pictures, signal);
  const toOurs = await clock.finish();
  const into = run.newCase(`${values.width}x${values.height}@${values.fps}`);
  addStages(into, {
    pictures,
    // All of the stream: a busy client reads its first picture long after the host has told of it.
    frames: target.frames,
    toOurs,
    clock_error_ms: run.clock.error_ms,
  });
  const seen = { pictures: pictures.length, read: pictures.filter(({ beacon }) => beacon !== undefined).length };
  await addCounts(run, into, stream, { toOurs, seen });
  const trouble = clock.trouble ?? target.trouble();
  if (ended !== undefined) throw new NotMeasured(`The stream stopped in the middle: ${ended}.`);
  if (trouble !== undefined) throw new NotMeasured(trouble);
}

async function addCounts(
  run: LatencyRun,
  into: CaseRecord,
  stream: StreamHandle,
  { toOurs, seen }: { toOurs: ToOurs | undefined; seen: Seen },
): Promise<void> {
  const { video } = stream.summary();
  if (!video) throw new NotMeasured('No picture came.');
  const ms = (values: readonly number[]) => ({ unit: 'ms', values });
  const clicks = stream.clicks();
  if (toOurs)
    into.addSeries({
      ...ms(clicks.map(({ painted_ns, heard_ns }) => (heard_ns - toOurs(painted_ns)) / 1e6)),
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
  const unread = toOurs && unreadBeacon(video, seen);
  if (unread !== undefined) throw new NotMeasured(unread);
  const partly = toOurs && partlyRead(video, seen);
  if (partly !== undefined) run.note(partly);
  const slowest = bottleneckOf(into.series);
  if (slowest)
    run.note(
      `${slowest.name} takes longest: ${slowest.summary.p50.toFixed(2)} ms in the middle, from ${slowest.from} to ${slowest.to}.`,
    );
}

/** In a stream of its own: a picture that stands until somebody clicks. */
async function measureInput(run: LatencyRun, target: Target): Promise<void> {
  if (target.showReacting === undefined) {
    run.note(
      'Clicks were not measured: nobody knows how to put a beacon on the desktop of HOST that reacts to them (--react-command).',
    );
    return;
  }
  await target.probe.quit();
  const app = await target.showReacting();
  try {
    await withStream(run, target, app, (stream, clock) => measureClicks(run, target, stream, clock));
  } finally {
    await target.probe.quit();
  }
}

async function measureClicks(run: LatencyRun, target: Target, stream: StreamHandle, clock: HostClock): Promise<void> {
  await untilBeacon(run, target, stream);
  run.progress('clicks …');
  const clicked = await click(stream, Math.min(run.values['input-seconds'], run.left_s), run.signal);
  const toOurs = await clock.finish();
  addInput(run.newCase('input'), clicked, { toOurs, clock_error_ms: run.clock.error_ms });
  if (clicked.reactions.length === 0 && clicked.lost > 0)
    run.fail(
      `None of ${clicked.lost} clicks changed the picture: the beacon is not told of this host's input, something lies over it, or it runs without --react.`,
    );
  if (clock.trouble !== undefined) throw new NotMeasured(clock.trouble);
}
