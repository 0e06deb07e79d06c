// What a stock client asks for, for tests.

import type { StreamRequest } from './plan.ts';

export const request: StreamRequest = {
  width: 1280,
  height: 720,
  fps: 60,
  refresh_x100: 6000,
  packet_size: 1392,
  configured_bitrate_kbps: 20_000,
  maximum_bitrate_kbps: 16_000,
  min_parity_shards: 2,
  slices: 1,
  max_reference_frames: 0,
  codec: 0,
  chroma_444: false,
  ten_bit: false,
  csc_mode: 2,
  audio_channels: 2,
  audio_packet_ms: 5,
  audio_high_quality: false,
  encrypt_control_v2: true,
  encrypt_video: false,
  encrypt_audio: false,
  encrypted_control: true,
  binds_session: true,
};
