// A whole start message from what somebody cares about: for doctor's check, measurements and tests.

import { type Audio, own_sink } from './audio.ts';
import type { Start } from './messages.ts';
import type { GameStreamTransport } from './transport.ts';
import type { Video } from './video.ts';

export interface StartChanges extends Partial<Omit<Start, 'type' | 'video' | 'audio' | 'transport'>> {
  video?: Partial<Video>;
  /** Without it there is no sound. */
  audio?: Partial<Audio> | null;
  transport?: Partial<GameStreamTransport>;
}

/** A small painted picture for a client on this machine. */
export function buildStart({ video, audio, transport, ...rest }: StartChanges = {}): Start {
  return {
    type: 'start',
    module_dir: '',
    checkpoint_path: '',
    video: {
      target: { kind: 'synthetic', moving: true },
      width: 320,
      height: 180,
      fps: 30,
      codec: 'h264',
      bit_depth: 8,
      chroma: 'yuv420',
      colorspace: 'rec709',
      full_range: false,
      bitrate_kbps: 1000,
      slices: 1,
      max_reference_frames: 1,
      crf: 20,
      preset: 'superfast',
      ...video,
    },
    audio: audio
      ? {
          target: own_sink,
          channels: 2,
          packet_duration_ms: 5,
          bitrate_bps: 96_000,
          also_on_host: false,
          ...audio,
        }
      : null,
    input: null,
    pads: null,
    transport: {
      kind: 'gamestream',
      bind_address: '127.0.0.1',
      client_address: '127.0.0.1',
      video_port: 0,
      audio_port: 0,
      control_port: 0,
      ping_payload: '',
      packet_size: 1024,
      fec_percent: 20,
      min_parity_shards: 2,
      encrypt_video: false,
      encrypt_audio: false,
      nonce_scheme: 'v2',
      connect_data: 1,
      require_connect_data: true,
      client_timeout_ms: 10_000,
      connect_timeout_ms: 10_000,
      key_hex: '000102030405060708090a0b0c0d0e0f',
      rikey_id: 0,
      ...transport,
    },
    ...rest,
  };
}
