// What a client asked for in ANNOUNCE and what the host allows of it. Pure.

import { availableParallelism } from 'node:os';
import type { Settings } from '../config/schema.ts';
import type { Capabilities } from '../contract/capabilities.ts';
import type { Mode } from '../display/display.ts';
import { PunktfunkError } from '../errors.ts';
import { absurdMode, boundedBitrate, pictureSize, type StreamPlan } from '../session/plan.ts';
import { type AskedPicture, choosePicture } from './offer.ts';

/**
 * A stream as the client describes it in ANNOUNCE (docs/gamestream.md, 5.6), numbers as sent. The size may be odd: phones say the points of
 * their screen. What is streamed is pictureSize.
 */
export interface StreamRequest extends AskedPicture {
  fps: number;
  /** The client's display rate x 100, or 0. */
  refresh_x100: number;
  packet_size: number;
  /** The user's bit rate with everything in it; absent in old clients. */
  configured_bitrate_kbps: number | undefined;
  /** What is left for the picture by the client's own reckoning. */
  maximum_bitrate_kbps: number;
  min_parity_shards: number;
  slices: number;
  /** 0: the host's choice. */
  max_reference_frames: number;
  /** colorspace * 2 + full range. */
  csc_mode: number;
  audio_channels: number;
  audio_packet_ms: number;
  /** Stereo: told by the RTSP Host header (docs/gamestream.md, 5.3). */
  audio_high_quality: boolean;
  encrypt_control_v2: boolean;
  encrypt_video: boolean;
  /** Either of the two places that can say so (docs/gamestream.md, 5.6, the trap). */
  encrypt_audio: boolean;
  /** useReliableUdp 13. */
  encrypted_control: boolean;
  /** The client sends the ping payload and the connect data that SETUP gave it. */
  binds_session: boolean;
}

export type PlanSettings = Pick<Settings, 'fec_percent' | 'encryption' | 'gamepad'>;

const max_packet_size = 8192;
const min_packet_size = 256;
const max_slices = 32;
const macroblock_px = 16;
// What x264 asks for to encode a slice on a thread of its own, and what we do for one that no client asked for: small ones cost bits.
const min_slice_rows = 4;
const own_slice_rows = 8;
const max_own_slices = 8;
// A picture has at most so many packets (docs/gamestream.md, 6.5), of which each has so much else in it.
const max_picture_packets = 4 * 1023;
const packet_overhead = 16;
// An encoder goes beyond its buffer of one picture by up to a tenth (native/test/encode/encoder_test.cpp).
const filled = 0.9;
const max_reference_frames = 16;
// Opus bit rates of the two stereo layouts (docs/gamestream.md, 7.1).
const stereo_normal_bps = 96_000;
const stereo_high_bps = 512_000;
// A client that vanishes without a word is given up after this (docs/gamestream.md, 10.1).
const client_timeout_ms = 10_000;
const connect_timeout_ms = 10_000;

/** The display's mode for this request. A fractional rate is taken when it is the asked one within 1 % (docs/gamestream.md, 5.6). */
export function displayMode(request: StreamRequest): Mode {
  const near = Math.abs(request.refresh_x100 - request.fps * 100) <= request.fps;
  return {
    ...pictureSize(request),
    refresh_mhz: near ? request.refresh_x100 * 10 : request.fps * 1000,
  };
}

/** Throws MODE_REFUSED or STREAM_REFUSED for what this host cannot or may not stream. */
export function checkRequest(request: StreamRequest, settings: Pick<PlanSettings, 'encryption'>): void {
  const { width, height, fps } = request;
  const reason = absurdMode(width, height, fps);
  if (reason)
    throw new PunktfunkError('MODE_REFUSED', { mode: `${width}x${height} at ${fps} frames a second`, reason });
  const refuse = (why: string) => new PunktfunkError('STREAM_REFUSED', { reason: why });
  const { packet_size } = request;
  if (packet_size < min_packet_size || packet_size > max_packet_size || packet_size % 16 !== 0) {
    throw refuse(`packets of ${packet_size} bytes are not possible`);
  }
  if (request.csc_mode < 0 || request.csc_mode > 5) throw refuse('the client chose an unknown colour space');
  if (request.audio_channels !== 2) throw refuse('only stereo sound is offered');
  if (request.audio_packet_ms !== 5 && request.audio_packet_ms !== 10) {
    throw refuse(`sound packets of ${request.audio_packet_ms} ms are not possible`);
  }
  if (!request.encrypted_control) throw refuse('the client wants an unencrypted control stream');
  if (settings.encryption === 'required') {
    const open = [
      request.encrypt_control_v2 ? '' : 'control',
      request.encrypt_video ? '' : 'picture',
      request.encrypt_audio ? '' : 'sound',
    ].filter((part) => part !== '');
    if (open.length > 0)
      throw refuse(`this host requires encryption, and the client does not encrypt ${open.join(' and ')}`);
  }
}

/**
 * The encoder's share of the user's bit rate: what parity, sound and the rest need is taken off (docs/gamestream.md, 5.6). Old clients that
 * do not say what the user chose have taken it off themselves.
 */
export function encoderBitrate(request: StreamRequest, fec_percent: number): number {
  const most_kbps = (filled * request.fps * max_picture_packets * (request.packet_size - packet_overhead) * 8) / 1000;
  return boundedBitrate(Math.min(wishedBitrate(request, fec_percent), Math.floor(most_kbps)));
}

function wishedBitrate(request: StreamRequest, fec_percent: number): number {
  if (request.configured_bitrate_kbps === undefined) return request.maximum_bitrate_kbps;
  let rest = request.configured_bitrate_kbps;
  if (fec_percent <= 80) rest *= (100 - fec_percent) / 100;
  rest -= Math.min((request.audio_high_quality ? 256 : 96) * request.audio_channels, rest * 0.2);
  rest -= Math.min(500, rest * 0.1);
  return Math.floor(rest);
}

/** What a client wishes that nobody makes, and what it gets, as part of a sentence; undefined: nothing. An odd side is no matter. */
function boundedWish(request: StreamRequest, { slices, bitrate_kbps }: StreamPlan['video'], fec_percent: number) {
  const asked_kbps = request.configured_bitrate_kbps ?? request.maximum_bitrate_kbps;
  const bounded = [
    bitrate_kbps === wishedBitrate(request, fec_percent)
      ? ''
      : `${asked_kbps} kbit/s (the picture gets ${bitrate_kbps})`,
    request.slices <= slices ? '' : `${request.slices} slices a picture (it gets ${slices})`,
  ].filter((part) => part !== '');
  return bounded.length > 0 ? bounded.join(' and ') : undefined;
}

/**
 * A slice is what a core encodes at a time, so there are as many as cores that this process may use (its affinity and its container's quota
 * count). What the client names is its least, for a decoder of many threads: hardware decoders, which name 1, decode any number.
 */
export function sliceCount(asked: number, height: number, cores: number): number {
  const rows = Math.ceil(height / macroblock_px);
  const own = Math.min(cores, max_own_slices, Math.floor(rows / own_slice_rows));
  return Math.min(Math.max(asked, own, 1), max_slices, Math.max(Math.floor(rows / min_slice_rows), 1));
}

/** What GameStream itself keeps of a session: told to its client by /launch and SETUP, and to the engine. */
export interface SessionMarks {
  /** AES-128 key of everything in this session. */
  key: Buffer;
  /** Unsigned view of the launch's rikeyid. */
  rikey_id: number;
  /** 16 characters that the client's UDP pings carry (docs/gamestream.md, 5.4). */
  ping_payload: string;
  /** The 32-bit number with which the client's ENet connection names this session. */
  connect_data: number;
}

/** Throws what checkRequest and choosePicture throw. */
export function planStream(
  request: StreamRequest,
  settings: PlanSettings,
  marks: SessionMarks,
  capabilities: Capabilities,
  cores = availableParallelism(),
): StreamPlan {
  checkRequest(request, settings);
  const video: StreamPlan['video'] = {
    ...pictureSize(request),
    fps: request.fps,
    ...choosePicture(request, capabilities),
    bitrate_kbps: encoderBitrate(request, settings.fec_percent),
    slices: sliceCount(request.slices, request.height, cores),
    max_reference_frames: Math.min(request.max_reference_frames, max_reference_frames),
    colorspace: (['rec601', 'rec709', 'rec2020'] as const)[request.csc_mode >> 1] ?? 'rec709',
    full_range: (request.csc_mode & 1) === 1,
  };
  return {
    mode: displayMode(request),
    video,
    bounded: boundedWish(request, video, settings.fec_percent),
    audio: {
      channels: request.audio_channels,
      packet_duration_ms: request.audio_packet_ms === 10 ? 10 : 5,
      bitrate_bps: request.audio_high_quality ? stereo_high_bps : stereo_normal_bps,
    },
    transport: {
      kind: 'gamestream',
      ping_payload: request.binds_session ? marks.ping_payload : '',
      key_hex: marks.key.toString('hex'),
      rikey_id: marks.rikey_id,
      packet_size: request.packet_size,
      fec_percent: settings.fec_percent,
      min_parity_shards: Math.min(request.min_parity_shards, 255),
      encrypt_video: request.encrypt_video,
      encrypt_audio: request.encrypt_audio,
      nonce_scheme: request.encrypt_control_v2 ? 'v2' : 'legacy16',
      connect_data: marks.connect_data,
      require_connect_data: request.binds_session,
      client_timeout_ms,
      connect_timeout_ms,
    },
  };
}
