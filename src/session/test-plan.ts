// What a plane asks of a session, for tests.

import type { StreamPlan } from './plan.ts';

export const plan: StreamPlan = {
  mode: { width: 1280, height: 720, refresh_mhz: 60_000 },
  video: {
    width: 1280,
    height: 720,
    fps: 60,
    bitrate_kbps: 15_000,
    slices: 1,
    max_reference_frames: 0,
    colorspace: 'rec709',
    full_range: false,
  },
  audio: { channels: 2, packet_duration_ms: 5, bitrate_bps: 96_000 },
  transport: {
    ping_payload: '',
    key_hex: '00'.repeat(16),
    rikey_id: 0,
    video: { packet_size: 1392, fec_percent: 20, min_parity_shards: 2, encrypt: false },
    audio: { encrypt: false },
    control: {
      nonce_scheme: 'v2',
      connect_data: 1,
      require_connect_data: true,
      client_timeout_ms: 10_000,
      connect_timeout_ms: 10_000,
    },
  },
};
