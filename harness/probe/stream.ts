// One stream, from a launched session to its end: handshake, the native receivers, and the watch over them. What stock
// clients would show as an error ends the stream here too (docs/gamestream.md, 10).

import { EventEmitter } from 'node:events';
import { ProbeError } from './errors.ts';
import { handshake, type MediaChannel, type Negotiated, type StreamPlan, wantsLowAudioQuality } from './handshake.ts';
import { encodeInput, type InputEvent } from './input.ts';
import {
  type LossConfig,
  type NativeClick,
  type NativePicture,
  type NativeStream,
  openNativeStream,
  readClicks,
  readPictures,
} from './native.ts';
import { type PadFeedback, readPadFeedback } from './pad-feedback.ts';
import { RtspClient } from './rtsp.ts';
import { type LaunchedSession, type StreamEnd, type StreamSummary, summarize } from './summary.ts';

const watch_interval_ms = 200;
const no_video_ms = 10_000;
const no_idr_ms = 10_000;
const max_pad_feedback = 1000;

export interface StreamFiles {
  readonly dump: string;
  readonly record: string;
  readonly snapshot: string;
  readonly snapshot_picture: number;
}

export interface StreamEvents {
  connected: [];
  first_frame: [];
  host_message: [type: number, payload: Buffer];
  pad_feedback: [feedback: PadFeedback];
  ended: [summary: StreamSummary];
}

export class StreamHandle extends EventEmitter<StreamEvents> {
  readonly session: LaunchedSession;
  readonly plan: StreamPlan;
  readonly rtsp_encrypted: boolean;
  readonly ended: Promise<StreamSummary>;
  private readonly native: NativeStream;
  private readonly loss: LossConfig;
  private readonly files: StreamFiles;
  private readonly host_messages = new Map<number, number>();
  private readonly pad_feedback: PadFeedback[] = [];
  private readonly opened_ms = performance.now();
  private negotiated: Negotiated | undefined;
  private connected_ms: number | undefined;
  private first_frame_ms: number | undefined;
  private first_datagram_seen_ms: number | undefined;
  private input_sent = 0;
  private watch: NodeJS.Timeout | undefined;
  private finishing: Promise<StreamSummary> | undefined;
  private finish: (summary: StreamSummary) => void = () => undefined;

  private constructor(
    session: LaunchedSession,
    plan: StreamPlan,
    rtsp: RtspClient,
    loss: LossConfig,
    files: StreamFiles,
  ) {
    super();
    this.session = session;
    this.plan = plan;
    this.rtsp_encrypted = rtsp.encrypted;
    this.loss = loss;
    this.files = files;
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.native = openNativeStream((event) => {
      if (event.kind === 'connected') this.startVideo();
      else if (event.kind === 'first_frame') this.onFirstFrame();
      else if (event.kind === 'host_message') this.onHostMessage(event.type, event.payload);
      else void this.end({ how: event.how, reason: event.reason });
    });
  }

  // Runs the handshake and connects; resolves once the control stream is being connected. What fails before is a ProbeError.
  static async open(
    session: LaunchedSession,
    plan: StreamPlan,
    loss: LossConfig,
    files: StreamFiles,
  ): Promise<StreamHandle> {
    const rtsp = new RtspClient({
      address: plan.address,
      session_url: session.session_url,
      low_audio_quality: wantsLowAudioQuality(plan.bitrate_kbps),
      key: session.key,
    });
    const stream = new StreamHandle(session, plan, rtsp, loss, files);
    try {
      await stream.connect(rtsp);
      return stream;
    } catch (error) {
      await stream.native.stop();
      if (error instanceof ProbeError) throw error;
      throw new ProbeError('stream_failed', error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  // What everybody on the way sees of the video's pings: where they go and what they begin with (docs/gamestream.md, 5.7).
  get video_channel(): MediaChannel | undefined {
    return this.negotiated?.video;
  }

  // False when the stream has no control channel to carry it (not connected yet, or over).
  sendInput(event: InputEvent): boolean {
    const packets = encodeInput(event);
    const sent = packets.every(({ bytes, channel, reliable }) => this.native.sendInput(bytes, channel, reliable));
    if (sent) this.input_sent += packets.length;
    return sent;
  }

  requestIdr(): boolean {
    return this.native.requestIdr();
  }

  // Those that were decoded since it was asked last; of more than eight thousand, the newest.
  takePictures(): NativePicture[] {
    return readPictures(this.native.takePictures());
  }

  // All that were heard so far, with their pictures.
  clicks(): NativeClick[] {
    return readClicks(this.native.clicks());
  }

  // As things stand now; `ended` has the last one.
  summary(end?: StreamEnd): StreamSummary {
    return summarize({
      session: this.session,
      plan: this.plan,
      rtsp_encrypted: this.rtsp_encrypted,
      negotiated: this.negotiated,
      native: this.native.summary(),
      host_messages: this.host_messages,
      pad_feedback: this.pad_feedback,
      input_sent: this.input_sent,
      connect_ms: since(this.opened_ms, this.connected_ms),
      first_frame_ms: since(this.opened_ms, this.first_frame_ms),
      end,
    });
  }

  // Ends the stream as a person who closes the client does: the app stays running at the host.
  stop(): Promise<StreamSummary> {
    return this.end({ how: 'stopped', reason: 0 });
  }

  private async connect(rtsp: RtspClient): Promise<void> {
    const { address } = this.plan;
    const { key } = this.session;
    const rikey_id = this.session.rikey_id >>> 0;
    const common = { address, key, loss: this.loss };
    const { packet_duration_ms } = this.plan;
    this.negotiated = await handshake(rtsp, this.plan, (audio) =>
      this.native.startAudio({ ...common, ...audio, rikey_id, packet_duration_ms }),
    );
    this.native.startControl({ address, key, ...this.negotiated.control });
  }

  private startVideo(): void {
    if (this.finishing || !this.negotiated) return;
    this.connected_ms = performance.now();
    const { address, codec } = this.plan;
    const { key } = this.session;
    try {
      this.native.startVideo({ address, key, codec, loss: this.loss, ...this.files, ...this.negotiated.video });
    } catch (error) {
      // The address and port served control already: only a missing decoder or a file that cannot be written is left.
      const detail = error instanceof Error ? error.message : String(error);
      void this.end({ how: 'failed', reason: 0, detail });
      return;
    }
    // What stock clients send by themselves, to wake the display (docs/gamestream.md, 9.4).
    for (const event of wake_up) this.sendInput(event);
    this.watch = setInterval(() => this.look(), watch_interval_ms);
    this.emit('connected');
  }

  private onFirstFrame(): void {
    this.first_frame_ms = performance.now();
    this.emit('first_frame');
  }

  private onHostMessage(type: number, payload: Buffer): void {
    this.host_messages.set(type, (this.host_messages.get(type) ?? 0) + 1);
    this.emit('host_message', type, payload);
    const feedback = readPadFeedback(type, payload);
    if (!feedback) return;
    if (this.pad_feedback.length < max_pad_feedback) this.pad_feedback.push(feedback);
    this.emit('pad_feedback', feedback);
  }

  private look(): void {
    if (this.first_frame_ms !== undefined || this.connected_ms === undefined) return;
    const now = performance.now();
    const datagrams = this.native.summary().video?.datagrams ?? 0;
    if (datagrams > 0) this.first_datagram_seen_ms ??= now;
    if (datagrams === 0 && now - this.connected_ms > no_video_ms) void this.end({ how: 'no_video', reason: 0 });
    if (this.first_datagram_seen_ms !== undefined && now - this.first_datagram_seen_ms > no_idr_ms) {
      void this.end({ how: 'no_idr', reason: 0 });
    }
  }

  private end(end: StreamEnd): Promise<StreamSummary> {
    this.finishing ??= this.close(end);
    return this.finishing;
  }

  private async close(end: StreamEnd): Promise<StreamSummary> {
    clearInterval(this.watch);
    await this.native.stop();
    const summary = this.summary(end);
    this.finish(summary);
    this.emit('ended', summary);
    return summary;
  }
}

const wake_up: readonly InputEvent[] = [
  { kind: 'haptics' },
  { kind: 'move', dx: 1, dy: 1 },
  { kind: 'move', dx: -1, dy: -1 },
];

const since = (start: number, then: number | undefined): number | undefined =>
  then === undefined ? undefined : Math.round((then - start) * 10) / 10;
