// The probe, outside of the machine: it pairs as a person would and receives a stream.

import { Probe, type StreamOptions } from '../probe/client.ts';
import type { StreamSummary } from '../probe/summary.ts';
import type { Context } from './context.ts';
import { expect, Failure, until } from './machine.ts';

const pair_ms = 90_000;
const first_picture_ms = 60_000;
const client_name = 'boot test';

export function openProbe(context: Context): Promise<Probe> {
  return Probe.open({ host: context.machine.address, port: context.base_port, data_dir: context.probe_dir });
}

/** The probe, paired; pairs now when it is not: the probe shows a PIN, the machine's command line is told it. */
export async function pairedProbe(context: Context): Promise<Probe> {
  const probe = await openProbe(context);
  const { paired } = await probe.serverInfo();
  if (!paired) await pairNow(context, probe);
  return probe;
}

export async function pairNow(context: Context, probe: Probe, parameters = ''): Promise<void> {
  const pin = '4711';
  const pairing = probe.pair(pin, pair_ms);
  const failed = pairing.then(
    () => undefined,
    (error: Error) => error,
  );
  const answer = await until("a client waiting to pair, in the host's status", context.within(pair_ms), async () => {
    const early = await Promise.race([failed, undefined]);
    if (early) throw new Failure(`pairing: ${early.message}`);
    const { code, stdout } = await context.host(`status --json ${parameters}`);
    const waits = code === 0 && (JSON.parse(stdout) as { waiting_to_pair: unknown[] }).waiting_to_pair.length > 0;
    return waits ? context.host(`pair ${pin} --name '${client_name}' ${parameters}`, pair_ms) : undefined;
  });
  expect(answer.code === 0, `punktfunk-host pair ended with ${answer.code}: ${answer.stderr.trim()}`);
  const error = await failed;
  if (error) throw new Failure(`pairing: ${error.message}`);
}

/** Takes the right to stream away from the probe again. */
export async function unpairProbe(context: Context): Promise<void> {
  const clients = await context.hostJson<{ id: string; name: string }[]>('clients');
  for (const client of clients.filter(({ name }) => name === client_name)) await context.host(`unpair ${client.id}`);
}

/** Streams until `pictures` have been decoded, or fails. The pointer moves all the while, so that there is something new to see. */
export async function receive(
  context: Context,
  options: StreamOptions,
  pictures: number,
  timeout_ms: number,
): Promise<StreamSummary> {
  const probe = await pairedProbe(context);
  const stream = await probe.stream({ width: 320, height: 240, fps: 30, bitrate_kbps: 2000, ...options });
  const { width, height } = stream.plan;
  let step = 0;
  const mover = setInterval(() => {
    step = (step + 7) % Math.min(width, height);
    stream.sendInput({ kind: 'position', x: step, y: step, width, height });
  }, 30);
  let over: StreamSummary | undefined;
  void stream.ended.then((summary) => {
    over = summary;
  });
  const decoded = () => stream.summary().video?.pictures ?? 0;
  const wait = (count: number, ms: number) =>
    until(`${count} pictures of ${width}x${height}`, context.within(ms), () => {
      if (over) throw new Failure(`the stream ended: ${over.ended?.text ?? 'without a word'}`);
      return decoded() >= count ? true : undefined;
    });
  try {
    await wait(1, first_picture_ms);
    await wait(pictures, timeout_ms);
  } catch (error) {
    const said = JSON.stringify(stream.summary().video);
    throw error instanceof Failure ? new Failure(`${error.message}; received: ${said}`) : error;
  } finally {
    clearInterval(mover);
    await stream.stop();
  }
  return stream.ended;
}

/** A stream out of the machine that lost nothing: every frame came, every frame was decoded. */
export async function receiveWhole(
  context: Context,
  what: string,
  options: StreamOptions,
  pictures: number,
  timeout_ms: number,
): Promise<void> {
  const summary = await receive(context, options, pictures, timeout_ms);
  const { video } = summary;
  expect(video !== null, 'no picture came');
  expect(summary.ended?.ok === true, `the stream ended badly: ${summary.ended?.text}`);
  expect(video.frames_lost === 0, `${video.frames_lost} of ${video.frames} frames are missing`);
  expect(video.decode_errors === 0, `${video.decode_errors} frames could not be decoded: ${video.last_decode_error}`);
  expect(
    video.width === summary.session.width && video.height === summary.session.height,
    `pictures of ${video.width}x${video.height} came, ${summary.session.width}x${summary.session.height} were asked for`,
  );
  context.figure(`${what}: pictures decoded`, video.pictures, '');
  context.figure(`${what}: rate`, video.fps, 'frames/s');
  context.figure(`${what}: first frame after`, summary.first_frame_ms ?? 0, 'ms');
}
