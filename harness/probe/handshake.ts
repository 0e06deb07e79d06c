// From the session URL to a stream that may start: the seven RTSP requests in their order (docs/gamestream.md, 5.3) and what
// they settle between client and host.

import { ProbeError } from './errors.ts';
import type { RtspClient, RtspHeader, RtspReply } from './rtsp.ts';
import {
  type Announcement,
  encryption_audio,
  encryption_control_v2,
  encryption_video,
  type HostOffer,
  type OpusLayout,
  opusLayout,
  readOffer,
  type VideoCodec,
  writeAnnouncement,
} from './sdp.ts';

// none: only what the host insists on. audio: what stock clients do by default. all: video too.
export type EncryptionWish = 'none' | 'audio' | 'all';

export interface StreamPlan {
  readonly address: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly refresh_rate_x100: number;
  readonly bitrate_kbps: number;
  readonly packet_size: number;
  readonly codec: VideoCodec;
  readonly encryption: EncryptionWish;
  readonly fec_status: boolean;
  readonly slices: number;
  readonly max_reference_frames: number;
  readonly channels: number;
  readonly packet_duration_ms: number;
  readonly csc_mode: number;
}

export interface MediaChannel {
  readonly port: number;
  // 16 characters for the pings, or empty: then the pings are the bare word PING.
  readonly ping_payload: string;
}

export interface AudioChannel extends MediaChannel {
  readonly encrypted: boolean;
  readonly layout: OpusLayout;
}

export interface Negotiated {
  readonly offer: HostOffer;
  readonly encryption_enabled: number;
  readonly audio: AudioChannel;
  readonly video: MediaChannel & { readonly encrypted: boolean; readonly packet_size: number };
  readonly control: { readonly port: number; readonly connect_data: number; readonly v2: boolean };
  readonly announcement: Announcement;
}

const client_feature_fec_status = 1;
const client_feature_session_ids = 2;
const video_encryption_overhead = 32;
const high_quality_kbps = 15_000;
const since_the_epoch: RtspHeader = ['If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'];
const transport: RtspHeader = ['Transport', 'unicast;X-GS-ClientPort=50000-50001'];

// Stock clients ask for audio of low quality below this bit rate (docs/gamestream.md, 5.3).
export const wantsLowAudioQuality = (bitrate_kbps: number): boolean => bitrate_kbps < high_quality_kbps;

// audioReady is called right after SETUP audio: pings to the audio port start before ANNOUNCE (docs/gamestream.md, 5.7).
export async function handshake(
  rtsp: RtspClient,
  plan: StreamPlan,
  audioReady: (audio: AudioChannel) => void | Promise<void>,
): Promise<Negotiated> {
  await rtsp.request('OPTIONS', rtsp.url);
  const described = await rtsp.request('DESCRIBE', rtsp.url, [['Accept', 'application/sdp'], since_the_epoch]);
  const offer = readOffer(described.body);
  if (!offer.codecs.includes(plan.codec)) {
    throw new ProbeError('stream_failed', `the host does not offer ${plan.codec}, only ${offer.codecs.join(', ')}`);
  }
  const encryption_enabled = chooseEncryption(offer, plan.encryption);
  const audio_encrypted = plan.encryption !== 'none' || (encryption_enabled & encryption_audio) !== 0;
  const video_encrypted = (encryption_enabled & encryption_video) !== 0;
  const high_quality = plan.channels > 2 && !wantsLowAudioQuality(plan.bitrate_kbps);

  const setup = (stream: string): Promise<RtspReply> =>
    rtsp.request('SETUP', `streamid=${stream}`, [transport, since_the_epoch]);
  const audio_reply = await setup('audio/0/0');
  if (!rtsp.has_session) throw new ProbeError('stream_failed', 'the reply to SETUP audio has no Session header');
  const audio = {
    ...mediaChannel(audio_reply, 48000),
    encrypted: audio_encrypted,
    layout: opusLayout(offer, plan.channels, high_quality),
  };
  await audioReady(audio);
  const video = {
    ...mediaChannel(await setup('video/0/0'), 47998),
    encrypted: video_encrypted,
    packet_size: plan.packet_size - (video_encrypted ? video_encryption_overhead : 0),
  };
  const control_reply = await setup('control/13/0');
  const control = {
    port: serverPort(control_reply, 47999),
    connect_data: connectData(control_reply),
    v2: (encryption_enabled & encryption_control_v2) !== 0,
  };

  const announcement: Announcement = {
    ...plan,
    video_port: video.port,
    packet_size: video.packet_size,
    client_features: client_feature_session_ids | (plan.fec_status ? client_feature_fec_status : 0),
    encryption_enabled,
    audio_encrypted,
    high_quality_surround: high_quality,
  };
  const sdp: RtspHeader = ['Content-type', 'application/sdp'];
  await rtsp.request('ANNOUNCE', 'streamid=control/13/0', [sdp], writeAnnouncement(announcement));
  await rtsp.request('PLAY', '/');
  return { offer, encryption_enabled, audio, video, control, announcement };
}

// Control V2 whenever the host has it; video and audio when wished for and supported, or when the host insists.
function chooseEncryption(offer: HostOffer, wish: EncryptionWish): number {
  let enabled = offer.encryption_supported & encryption_control_v2;
  const wished = { none: 0, audio: encryption_audio, all: encryption_audio | encryption_video }[wish];
  enabled |= offer.encryption_supported & wished;
  enabled |= offer.encryption_requested & ~wished & (encryption_audio | encryption_video);
  return enabled;
}

function mediaChannel(reply: RtspReply, fallback: number): MediaChannel {
  const payload = reply.headers.get('X-SS-Ping-Payload') ?? '';
  // Any other length is ignored by stock clients.
  return { port: serverPort(reply, fallback), ping_payload: payload.length === 16 ? payload : '' };
}

function serverPort(reply: RtspReply, fallback: number): number {
  const port = Number(/server_port=(\d{1,5})/.exec(reply.headers.get('Transport') ?? '')?.[1]);
  return port >= 1 && port <= 65535 ? port : fallback;
}

function connectData(reply: RtspReply): number {
  const text = reply.headers.get('X-SS-Connect-Data') ?? '0';
  const data = Number(text);
  if (/^\d+$/.test(text) && data <= 0xffff_ffff) return data;
  throw new ProbeError('stream_failed', `the host's X-SS-Connect-Data is not a 32-bit number: "${text}"`);
}
