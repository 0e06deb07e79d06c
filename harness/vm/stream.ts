// The probe, outside of the machine: it pairs as a person would and receives a stream.

import { expect, Failure, until } from '../checks/command.ts';
import { Probe, type StreamOptions } from '../probe/client.ts';
import type { StreamHandle } from '../probe/stream.ts';
import type { StreamSummary } from '../probe/summary.ts';
import type { Context } from './context.ts';

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

async function pairNow(context: Context, probe: Probe): Promise<void> {
  const pin = '4711';
  const pairing = probe.pair(pin, context.within(pair_ms)).then(
    () => '',
    (error: Error) => error.message,
  );
  // The command may be quicker than the client's first request: then nobody waits yet, and it is given again.
  const refusal = await until('a client waiting to pair', context.within(pair_ms), async () => {
    const { code, stderr } = await context.host(`pair ${pin} --name '${client_name}'`);
    if (code === 0) return '';
    const over = await Promise.race([pairing, undefined]);
    return over === undefined ? undefined : `${stderr.trim()} ${over}`;
  });
  const reason = refusal || (await pairing);
  if (reason) throw new Failure(`pairing: ${reason}`);
}

/** Takes the right to stream away from the probe again. */
export async function unpairProbe(context: Context): Promise<void> {
  const clients = await context.hostJson<{ id: string; name: string }[]>('clients');
  for (const client of clients.filter(({ name }) => name === client_name)) await context.host(`unpair ${client.id}`);
}

/**
 * Streams until `pictures` have been decoded, or fails. The pointer moves all the while, so that there is something new to see. `meanwhile`
 * is done before the stream ends.
 */
export async function receive(
  context: Context,
  options: StreamOptions,
  pictures: number,
  timeout_ms: number,
  meanwhile?: (stream: StreamHandle) => Promise<void>,
): Promise<StreamSummary> {
  const probe = await pairedProbe(context);
  const stream = await launch(context, probe, { width: 320, height: 240, fps: 30, bitrate_kbps: 2000, ...options });
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
    await meanwhile?.(stream);
  } catch (error) {
    const said = JSON.stringify(stream.summary().video);
    throw error instanceof Failure ? new Failure(`${error.message}; received: ${said}`) : error;
  } finally {
    clearInterval(mover);
    await stream.stop();
  }
  return stream.ended;
}

/** A machine whose processor is imitated may need longer to load an engine than the host waits for one: it gets further tries. */
async function launch(context: Context, probe: Probe, options: StreamOptions): Promise<StreamHandle> {
  for (let tries = context.machine.patience; ; tries--) {
    try {
      return await probe.stream(options);
    } catch (error) {
      if (tries <= 1 || !(error instanceof Error && /in time/.test(error.message))) throw error;
    }
  }
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

/** The paired clients, without what changes by itself: when one was seen last, and whether a stream that ended a moment ago is told. */
export async function pairings(context: Context): Promise<string> {
  const clients = await context.hostJson<{ last_seen_at: unknown; streaming: unknown }[]>('clients');
  return JSON.stringify(clients.map(({ last_seen_at: _, streaming: __, ...pairing }) => pairing));
}
