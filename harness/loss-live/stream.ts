// The stream that is tried: a host behind a link, a probe that is paired with it, and what came within a time.

import { scheduler } from 'node:timers/promises';
import { harness_command } from '../../src/installation.ts';
import type { HostBehindLink } from '../impair/behind-link.ts';
import { NotMeasured } from '../kit/run.ts';
import { Probe, type StreamOptions } from '../probe/client.ts';
import { ProbeError } from '../probe/errors.ts';
import type { StreamHandle } from '../probe/stream.ts';

/** Stock clients give up on a stream without a picture after ten seconds (harness/probe/stream.ts), and so does the probe. */
const first_frame_ms = 30_000;

/** A picture that this stream has shown, or that it ended instead. */
export class EndedError extends Error {}

/** What came up to a moment. */
export interface Counts {
  readonly frames: number;
  readonly lost: number;
  readonly repaired: number;
  readonly skipped: number;
  readonly idr_requests: number;
  readonly wire_bytes: number;
  readonly sound: number;
  readonly sound_lost: number;
  readonly sound_repaired: number;
  readonly kernel_drops: number;
}

/** Paired before, or now with the PIN. */
export async function pairedProbe(path: HostBehindLink, data_dir: string, pin: string | undefined): Promise<Probe> {
  const probe = await Probe.open({ host: path.listen, port: path.base_port, data_dir });
  const { paired, hostname } = await probe.serverInfo();
  if (paired) return probe;
  if (pin === undefined)
    throw new NotMeasured(
      `The probe is not paired with ${hostname}. Pair it: ${harness_command} probe pair HOST, or give --pin.`,
    );
  await probe.pair(pin);
  return probe;
}

/** Each try of the same stream: one that ended is followed by another. */
export class LiveStream {
  readonly #probe: Probe;
  readonly #options: StreamOptions;
  #stream: StreamHandle | undefined;
  #ended: string | undefined;

  constructor(probe: Probe, options: StreamOptions) {
    this.#probe = probe;
    this.#options = options;
  }

  /** There is one that shows pictures. */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#stream && this.#ended === undefined) return;
    this.#ended = undefined;
    const stream = await this.#probe.stream(this.#options);
    this.#stream = stream;
    void stream.ended.then(({ ended }) => {
      if (this.#stream === stream) this.#ended = ended?.text ?? 'without a word';
    });
    const until = performance.now() + first_frame_ms;
    while ((stream.summary().video?.pictures ?? 0) === 0) {
      await this.wait(50, signal);
      if (performance.now() > until) throw new EndedError('no picture came');
    }
  }

  /** Throws EndedError when the stream ends meanwhile, and AbortError. */
  async wait(duration_ms: number, signal: AbortSignal): Promise<void> {
    await scheduler.wait(duration_ms, { signal });
    if (this.#ended !== undefined) throw new EndedError(this.#ended);
  }

  /** When the pictures since the last call were decoded: CLOCK_MONOTONIC, ns. */
  takeTimes(): number[] {
    return this.#stream?.takePictures().map(({ decoded_ns }) => decoded_ns) ?? [];
  }

  counts(): Counts {
    const { video, audio } = this.#stream?.summary() ?? {};
    return {
      frames: video?.frames ?? 0,
      lost: video?.frames_lost ?? 0,
      repaired: video?.frames_repaired ?? 0,
      skipped: video?.frames_skipped ?? 0,
      idr_requests: video?.idr_requests ?? 0,
      wire_bytes: video?.wire_bytes ?? 0,
      sound: audio?.packets ?? 0,
      sound_lost: audio?.packets_lost ?? 0,
      sound_repaired: audio?.packets_repaired ?? 0,
      kernel_drops: (video?.kernel_drops ?? 0) + (audio?.kernel_drops ?? 0),
    };
  }

  async stop(): Promise<void> {
    await this.#stream?.stop();
  }
}

export const difference = (before: Counts, after: Counts): Counts =>
  Object.fromEntries(
    (Object.keys(before) as (keyof Counts)[]).map((name) => [name, after[name] - before[name]]),
  ) as unknown as Counts;

/** What keeps a stream from being tried at all, as a sentence; anything else is a fault of ours. */
export function reasonOf(error: unknown): NotMeasured | undefined {
  if (error instanceof NotMeasured) return error;
  if (error instanceof ProbeError || error instanceof EndedError)
    return new NotMeasured(`There is no stream to measure: ${error.message.replace(/\.$/, '')}.`);
  return undefined;
}
