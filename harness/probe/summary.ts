// What a stream came to: the numbers of the native half with what follows from them, as one JSON document and as a table.

import type { Negotiated, StreamPlan } from './handshake.ts';
import type {
  ControlEnd,
  NativeAudioSummary,
  NativeClickSummary,
  NativeControlSummary,
  NativeSummary,
  NativeVideoSummary,
  Percentiles,
} from './native.ts';
import type { PadFeedback } from './pad-feedback.ts';

export interface LaunchedSession {
  readonly session_url: string;
  readonly key: Buffer;
  // Signed, as sent; audio nonces use its unsigned view.
  readonly rikey_id: number;
  readonly app: string;
  readonly resumed: boolean;
}

export interface StreamEnd {
  // no_video, no_idr: what stock clients give up for after 10 s; failed: this machine's own trouble, told in detail.
  readonly how: ControlEnd | 'no_video' | 'no_idr' | 'failed';
  // The host's code for terminated (docs/gamestream.md, 8.7), else 0.
  readonly reason: number;
  readonly detail?: string;
}

export interface VideoSummary extends NativeVideoSummary {
  // From the first whole frame to the last.
  readonly duration_s: number;
  readonly fps: number;
  // Of the pictures alone; wire_kbps counts every datagram, parity and headers too.
  readonly bitrate_kbps: number;
  readonly wire_kbps: number;
  // The numbers painted in the pictures never went back, and there were some.
  readonly beacon_rising: boolean;
}

export interface StreamSummary {
  readonly session: {
    readonly app: string;
    readonly resumed: boolean;
    readonly width: number;
    readonly height: number;
    readonly fps: number;
    readonly bitrate_kbps: number;
    readonly packet_size: number;
    readonly codec: string;
    readonly rtsp_encrypted: boolean;
    readonly control_v2: boolean;
    readonly video_encrypted: boolean;
    readonly audio_encrypted: boolean;
    readonly audio_channels: number;
    readonly packet_duration_ms: number;
  };
  // null while the stream runs.
  readonly ended: (StreamEnd & { readonly text: string; readonly ok: boolean }) | null;
  // From the first RTSP request to the control connection, and to the first frame that can be decoded; null = never.
  readonly connect_ms: number | null;
  readonly first_frame_ms: number | null;
  readonly video: VideoSummary | null;
  readonly audio: NativeAudioSummary | null;
  readonly control: NativeControlSummary | null;
  readonly clicks: NativeClickSummary | null;
  // Control messages from the host by type: { "0x010e": 1 }.
  readonly host_messages: Record<string, number>;
  // What the host wanted of gamepads, in its order; the first thousand.
  readonly pad_feedback: readonly PadFeedback[];
  readonly input_packets_sent: number;
}

export interface Measured {
  readonly session: LaunchedSession;
  readonly plan: StreamPlan;
  readonly rtsp_encrypted: boolean;
  readonly negotiated: Negotiated | undefined;
  readonly native: NativeSummary;
  readonly host_messages: ReadonlyMap<number, number>;
  readonly pad_feedback: readonly PadFeedback[];
  readonly input_sent: number;
  readonly connect_ms: number | undefined;
  readonly first_frame_ms: number | undefined;
  readonly end: StreamEnd | undefined;
}

const graceful_end = 0x8003_0023;

export function summarize(measured: Measured): StreamSummary {
  const { plan, negotiated, native, end } = measured;
  const pictures = native.video?.pictures ?? 0;
  return {
    session: {
      app: measured.session.app,
      resumed: measured.session.resumed,
      width: plan.width,
      height: plan.height,
      fps: plan.fps,
      bitrate_kbps: plan.bitrate_kbps,
      packet_size: negotiated?.video.packet_size ?? plan.packet_size,
      codec: plan.codec,
      rtsp_encrypted: measured.rtsp_encrypted,
      control_v2: negotiated?.control.v2 ?? false,
      video_encrypted: negotiated?.video.encrypted ?? false,
      audio_encrypted: negotiated?.audio.encrypted ?? false,
      audio_channels: plan.channels,
      packet_duration_ms: plan.packet_duration_ms,
    },
    ended: end === undefined ? null : { ...end, text: explainEnd(end, pictures), ok: endedWell(end, pictures) },
    connect_ms: measured.connect_ms ?? null,
    first_frame_ms: measured.first_frame_ms ?? null,
    video: native.video === undefined ? null : summarizeVideo(native.video),
    audio: native.audio ?? null,
    control: native.control ?? null,
    clicks: native.clicks ?? null,
    host_messages: Object.fromEntries([...measured.host_messages].map(([type, count]) => [hex(type, 4), count])),
    pad_feedback: [...measured.pad_feedback],
    input_packets_sent: measured.input_sent,
  };
}

function summarizeVideo(video: NativeVideoSummary): VideoSummary {
  const duration_s = (video.last_frame_ns - video.first_frame_ns) / 1e9;
  const perSecond = (amount: number): number => (duration_s > 0 ? Math.round((amount / duration_s) * 10) / 10 : 0);
  return {
    ...video,
    duration_s: Math.round(duration_s * 1000) / 1000,
    fps: perSecond(Math.max(video.frames - 1, 0)),
    bitrate_kbps: perSecond((video.access_unit_bytes * 8) / 1000),
    wire_kbps: perSecond((video.wire_bytes * 8) / 1000),
    beacon_rising: video.beacon_pictures > 0 && video.beacon_backward === 0,
  };
}

// Ended by us, or by the host in good order, after at least one picture.
function endedWell(end: StreamEnd, pictures: number): boolean {
  const orderly = end.how === 'stopped' || (end.how === 'terminated' && end.reason === graceful_end);
  return orderly && pictures > 0;
}

function explainEnd(end: StreamEnd, pictures: number): string {
  switch (end.how) {
    case 'stopped':
      return pictures > 0 ? 'ended here' : 'ended here before any picture came';
    case 'terminated':
      return explainTermination(end.reason, pictures);
    case 'disconnected':
      return 'the host closed the control stream without a word';
    case 'timed_out':
      return 'the host fell silent for 10 s';
    case 'connect_failed':
      return 'the control stream (UDP, ENet) could not be connected';
    case 'no_video':
      return 'no video came within 10 s: is the UDP video port open?';
    case 'no_idr':
      return 'video came, but no frame that can be decoded within 10 s: no IDR, or too much loss';
    case 'failed':
      return end.detail ?? 'something failed on this machine';
  }
}

function explainTermination(reason: number, pictures: number): string {
  if (reason === graceful_end)
    return pictures > 0 ? 'ended by the host' : 'ended by the host before any picture (-102)';
  if (reason === 0x800e_9302) return 'ended by the host: protected content (-103)';
  if (reason === 0x800e_9403) return 'ended by the host: it could not convert the picture (-104)';
  return `ended by the host with code ${hex(reason, 8)}`;
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

export function table(summary: StreamSummary): string {
  const { session, video, audio, control } = summary;
  const rows: [name: string, value: string][] = [];
  const wish = `${session.width}x${session.height}@${session.fps} ${session.codec}, ${session.bitrate_kbps} kbit/s`;
  rows.push([
    'session',
    `${session.app}: ${wish}, packets of ${session.packet_size}${session.resumed ? ', resumed' : ''}`,
  ]);
  const sealed = [
    ['RTSP', session.rtsp_encrypted],
    ['control V2', session.control_v2],
    ['video', session.video_encrypted],
    ['audio', session.audio_encrypted],
  ].flatMap(([name, on]) => (on ? [name] : []));
  rows.push(['encrypted', sealed.join(', ') || 'nothing but control']);
  rows.push([
    'started',
    `control after ${summary.connect_ms ?? '-'} ms, first frame after ${summary.first_frame_ms ?? '-'} ms`,
  ]);
  if (video) rows.push(...videoRows(video));
  if (audio) rows.push(...audioRows(audio));
  if (summary.clicks) {
    const { painted_to_heard_ms, picture_after_sound_ms } = summary.clicks;
    rows.push(['clicks', `${painted_to_heard_ms.count}, painted to heard: ${milliseconds(painted_to_heard_ms)}`]);
    rows.push(['picture after it', milliseconds(picture_after_sound_ms)]);
  }
  if (control) {
    const messages = Object.entries(summary.host_messages).map(([type, count]) => `${type} x${count}`);
    rows.push(['control', `round trip ${control.round_trip_ms} ms, refused ${control.refused}`]);
    rows.push(['host messages', messages.join(', ') || 'none']);
  }
  if (summary.input_packets_sent > 0) rows.push(['input', `${summary.input_packets_sent} packets sent`]);
  if (summary.ended) rows.push(['ended', summary.ended.text]);
  return rows.map(([name, value]) => `${name.padEnd(17)}${value}`).join('\n');
}

/** One line that renews itself on a terminal, which it must not fill: a line that breaks is not renewed. A line a second elsewhere. */
export function progress({ video, audio }: Pick<StreamSummary, 'video' | 'audio'>, terminal_columns?: number): string {
  const line = video
    ? `${video.frames} frames, ${video.fps}/s, ${Math.round(video.bitrate_kbps)} kbit/s, ${video.frames_lost} lost, ` +
      `${video.decode_errors} decode errors, ${audio?.packets ?? 0} of sound`
    : 'connecting …';
  return terminal_columns === undefined ? `${line}\n` : `\x1b[2K\r${line.slice(0, Math.max(0, terminal_columns - 1))}`;
}

function videoRows(video: VideoSummary): [string, string][] {
  const rows: [string, string][] = [
    [
      'frames',
      `${video.frames} received, ${video.frames_repaired} repaired, ${video.frames_lost} lost, ${video.idr_frames} IDR`,
    ],
    [
      'rate',
      `${video.fps} frames/s, ${video.bitrate_kbps} kbit/s (${video.wire_kbps} on the wire) over ${video.duration_s} s`,
    ],
    ['frame gaps', milliseconds(video.frame_gap_ms)],
    ['pictures', `${video.pictures} of ${video.width}x${video.height}, ${video.decode_errors} decode errors`],
    ['decoding', `${milliseconds(video.decode_ms)}${video.overruns > 0 ? `, ${video.overruns} overruns` : ''}`],
  ];
  if (video.last_decode_error !== '') rows.push(['decoder says', video.last_decode_error]);
  if (video.frames_skipped > 0 || video.idr_requests > 0) {
    rows.push(['after loss', `${video.idr_requests} IDR requests, ${video.frames_skipped} frames skipped`]);
  }
  if (video.datagrams_dropped > 0)
    rows.push(['lost on purpose', `${video.datagrams_dropped} of ${video.datagrams} datagrams`]);
  if (video.kernel_drops > 0)
    rows.push([
      'receive buffer',
      `full ${video.kernel_drops} times: as many datagrams or more were lost in this machine`,
    ]);
  const refused = video.malformed + video.not_authentic;
  if (refused > 0) rows.push(['refused', `${video.malformed} malformed, ${video.not_authentic} not authentic`]);
  if (video.host_latency_ms.count > 0) rows.push(['host latency', milliseconds(video.host_latency_ms)]);
  if (video.beacon_pictures > 0) {
    const order = video.beacon_rising ? 'rising' : `${video.beacon_backward} times backward`;
    const range = `${video.beacon_first} to ${video.beacon_last}`;
    rows.push(['painted', `${video.beacon_distinct} numbers, ${range}, ${order}, ${video.beacon_repeated} repeated`]);
    rows.push(['to received', milliseconds(video.painted_to_received_ms)]);
    rows.push(['to decoded', milliseconds(video.painted_to_decoded_ms)]);
  }
  if (video.file_error !== '') rows.push(['file', video.file_error]);
  return rows;
}

function audioRows(audio: NativeAudioSummary): [string, string][] {
  const tones = audio.tone_hz.map((hz) => (hz > 0 ? `${Math.round(hz)} Hz` : 'silence')).join(', ');
  const counts = `${audio.packets} packets, ${audio.packets_repaired} repaired, ${audio.packets_lost} lost`;
  return [
    ['sound', `${counts}, ${audio.decode_errors} decode errors`],
    ['tones', `${tones} (${(audio.audible_ms / 1000).toFixed(1)} s audible)`],
  ];
}

function milliseconds(value: Percentiles): string {
  const ms = (number: number): string => number.toFixed(number < 10 ? 2 : 1);
  return `p50 ${ms(value.p50)}, p95 ${ms(value.p95)}, p99 ${ms(value.p99)}, max ${ms(value.max)} ms`;
}
