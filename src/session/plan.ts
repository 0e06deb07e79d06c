// What a client asked for and what the host allows, turned into the engine's start message. Pure.

import { isIPv4 } from 'node:net';
import type { Settings } from '../config/schema.ts';
import { PunktfunkError } from '../errors.ts';
import type { StartMessage, VideoTarget } from './engine-messages.ts';

/** A stream as the client describes it in ANNOUNCE (GameStream note 5.6), numbers as sent. */
export interface StreamRequest {
  /** May be odd: phones say the points of their screen. What is streamed is pictureSize. */
  width: number;
  height: number;
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
  /** 0 H.264, 1 HEVC, 2 AV1. */
  codec: number;
  chroma_444: boolean;
  ten_bit: boolean;
  /** colorspace * 2 + full range. */
  csc_mode: number;
  audio_channels: number;
  audio_packet_ms: number;
  /** Stereo: told by the RTSP Host header (GameStream note 5.3). */
  audio_high_quality: boolean;
  encrypt_control_v2: boolean;
  encrypt_video: boolean;
  /** Either of the two places that can say so (GameStream note 5.6, the trap). */
  encrypt_audio: boolean;
  /** useReliableUdp 13. */
  encrypted_control: boolean;
  /** The client sends the ping payload and the connect data that SETUP gave it. */
  binds_session: boolean;
}

/** What the session itself brings to the plan. */
export interface StreamContext {
  module_dir: string;
  checkpoint_path: string;
  ports: { video: number; audio: number; control: number };
  client_address: string;
  /** The address of this machine that the client reached. */
  host_address: string;
  ping_payload: string;
  connect_data: number;
  key: Buffer;
  rikey_id: number;
  host_audio: boolean;
  target: VideoTarget;
  input: StartMessage['input'];
}

type PlanSettings = Pick<Settings, 'bind' | 'fec_percent' | 'encoder_preset' | 'encryption' | 'keyboard_layout'>;

const min_side = 64;
const max_side = 8192;
const max_fps = 480;
const max_packet_size = 8192;
const min_packet_size = 256;
const max_slices = 32;
const max_reference_frames = 16;
const min_bitrate_kbps = 100;
const max_bitrate_kbps = 2_000_000;
// Opus bit rates of the two stereo layouts (GameStream note 7.1).
const stereo_normal_bps = 96_000;
const stereo_high_bps = 512_000;
// A client that vanishes without a word is given up after this (GameStream note 10.1).
const client_timeout_ms = 10_000;
const connect_timeout_ms = 10_000;

/** Why a picture of this size and rate cannot be streamed, as the end of a sentence; undefined when it can. */
export function absurdMode(width: number, height: number, fps: number): string | undefined {
  if (width < min_side || height < min_side) return `a picture has at least ${min_side} by ${min_side} points`;
  if (width > max_side || height > max_side) return `a picture has at most ${max_side} by ${max_side} points`;
  if (fps < 1 || fps > max_fps) return `the rate must be from 1 to ${max_fps} frames a second`;
  return undefined;
}

/** What is encoded of an asked size: 4:2:0 has one colour for two by two points, so an odd side loses one. */
const pictureSize = ({ width, height }: { width: number; height: number }) => ({
  width: width - (width % 2),
  height: height - (height % 2),
});

/** The display's mode for this request. A fractional rate is taken when it is the asked one within 1 % (GameStream note 5.6). */
export function displayMode(request: StreamRequest): { width: number; height: number; refresh_mhz: number } {
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
  if (request.codec !== 0) throw refuse('the client chose a codec other than H.264, which alone is offered');
  if (request.chroma_444) throw refuse('4:4:4 colour is not offered');
  if (request.ten_bit) throw refuse('HDR is not offered');
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
 * The encoder's share of the user's bit rate: what parity, sound and the rest need is taken off (GameStream note 5.6). Old clients that do
 * not say what the user chose have taken it off themselves.
 */
export function encoderBitrate(request: StreamRequest, fec_percent: number): number {
  if (request.configured_bitrate_kbps === undefined) return clamp(request.maximum_bitrate_kbps);
  let rest = request.configured_bitrate_kbps;
  if (fec_percent <= 80) rest *= (100 - fec_percent) / 100;
  rest -= Math.min((request.audio_high_quality ? 256 : 96) * request.audio_channels, rest * 0.2);
  rest -= Math.min(500, rest * 0.1);
  return clamp(Math.floor(rest));
}

const clamp = (kbps: number): number => Math.min(Math.max(kbps, min_bitrate_kbps), max_bitrate_kbps);

/**
 * A machine with several addresses answers from the one that the client reached, or a firewall at the client drops the answer: ENet's socket
 * cannot choose per datagram, so it is bound there. Loopback may be the near end of a tunnel that carries HTTP alone.
 */
function streamAddress(bind: string, reached: string): string {
  return bind === '0.0.0.0' && isIPv4(reached) && !reached.startsWith('127.') ? reached : bind;
}

/** The start message. `request` has passed checkRequest. */
export function planStream(request: StreamRequest, settings: PlanSettings, context: StreamContext): StartMessage {
  return {
    type: 'start',
    module_dir: context.module_dir,
    checkpoint_path: context.checkpoint_path,
    bind_address: streamAddress(settings.bind, context.host_address),
    video_port: context.ports.video,
    audio_port: context.ports.audio,
    control_port: context.ports.control,
    client_address: context.client_address,
    ping_payload: request.binds_session ? context.ping_payload : '',
    target: context.target,
    video: {
      ...pictureSize(request),
      fps: request.fps,
      bitrate_kbps: encoderBitrate(request, settings.fec_percent),
      slices: Math.min(Math.max(request.slices, 1), max_slices),
      max_reference_frames: Math.min(request.max_reference_frames, max_reference_frames),
      colorspace: (['rec601', 'rec709', 'rec2020'] as const)[request.csc_mode >> 1] ?? 'rec709',
      full_range: (request.csc_mode & 1) === 1,
      preset: settings.encoder_preset,
      packet_size: request.packet_size,
      fec_percent: settings.fec_percent,
      min_parity_shards: Math.min(request.min_parity_shards, 255),
      encrypt: request.encrypt_video,
    },
    audio: {
      channels: request.audio_channels,
      packet_duration_ms: request.audio_packet_ms === 10 ? 10 : 5,
      bitrate_bps: request.audio_high_quality ? stereo_high_bps : stereo_normal_bps,
      encrypt: request.encrypt_audio,
      also_on_host: context.host_audio,
    },
    control: {
      nonce_scheme: request.encrypt_control_v2 ? 'v2' : 'legacy16',
      connect_data: context.connect_data,
      require_connect_data: request.binds_session,
      client_timeout_ms,
      connect_timeout_ms,
    },
    input: context.input && { ...context.input, keyboard_layout: settings.keyboard_layout },
    key_hex: context.key.toString('hex'),
    rikey_id: context.rikey_id,
  };
}
