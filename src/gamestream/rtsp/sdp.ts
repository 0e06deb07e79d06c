// The two SDP texts: the host's in DESCRIBE (docs/gamestream.md, 5.5) and the client's in ANNOUNCE (5.6). Pure and bounded.

import type { Capabilities } from '../../contract/capabilities.ts';
import { codecLines } from '../offer.ts';
import type { StreamRequest } from '../plan.ts';
import { BadRtsp } from './message.ts';

const max_attributes = 256;
const max_value_length = 256;
const encryption = { control_v2: 1, video: 2, audio: 4 } as const;
/** Touchpads and motion of gamepads (docs/gamestream.md, 9.5). */
const feature = { moving_gamepads: 2 } as const;
const nv_audio_encryption = 0x20;
const ml_binds_session = 2;
const encrypted_control = 13;

/** The `a=name:value` lines, values trimmed. The first of a name counts. Throws BadRtsp when there are too many or they are too long. */
export function parseAttributes(body: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith('a=')) continue;
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(2, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (name.length > max_value_length || value.length > max_value_length)
      throw new BadRtsp('an attribute is too long');
    if (!attributes.has(name)) attributes.set(name, value);
    if (attributes.size > max_attributes) throw new BadRtsp(`there are more than ${max_attributes} attributes`);
  }
  return attributes;
}

/**
 * The client's wishes out of its ANNOUNCE body. `host` is the request's Host header: for stereo its literal 0.0.0.0 is how a client asks
 * for ordinary instead of high sound quality (docs/gamestream.md, 5.3). Throws BadRtsp naming what is missing or not a number.
 */
export function parseAnnounce(body: string, host: string): StreamRequest {
  const attributes = parseAttributes(body);
  const number = (name: string, fallback?: number): number => {
    const text = attributes.get(name);
    if (text === undefined && fallback !== undefined) return fallback;
    if (text === undefined) throw new BadRtsp(`the attribute ${name} is missing`);
    if (!/^\d{1,9}$/.test(text)) throw new BadRtsp(`the attribute ${name} is not a number`);
    return Number(text);
  };
  // For what is measured, where a fraction means the nearest whole number; kinds and flags are whole.
  const amount = (name: string, fallback?: number): number => {
    const text = attributes.get(name);
    return text !== undefined && /^\d{1,9}\.\d{1,6}$/.test(text) ? Number(text) : number(name, fallback);
  };
  const fps = amount('x-nv-video[0].maxFPS');
  const refresh_x100 = Math.round(amount('x-nv-video[0].clientRefreshRateX100', 0));
  const enabled = number('x-ss-general.encryptionEnabled', 0);
  return {
    width: Math.floor(amount('x-nv-video[0].clientViewportWd')),
    height: Math.floor(amount('x-nv-video[0].clientViewportHt')),
    fps: Math.round(fps),
    // A fractional rate of the stream says more than that of the client's screen.
    refresh_x100: Number.isInteger(fps) ? refresh_x100 : Math.round(fps * 100),
    packet_size: number('x-nv-video[0].packetSize'),
    configured_bitrate_kbps: attributes.has('x-ml-video.configuredBitrateKbps')
      ? Math.round(amount('x-ml-video.configuredBitrateKbps'))
      : undefined,
    maximum_bitrate_kbps: Math.round(amount('x-nv-vqos[0].bw.maximumBitrateKbps')),
    min_parity_shards: number('x-nv-vqos[0].fec.minRequiredFecPackets', 0),
    slices: number('x-nv-video[0].videoEncoderSlicesPerFrame'),
    max_reference_frames: number('x-nv-video[0].maxNumReferenceFrames'),
    codec: number('x-nv-vqos[0].bitStreamFormat', 0),
    chroma_444: number('x-ss-video[0].chromaSamplingType', 0) !== 0,
    ten_bit: number('x-nv-video[0].dynamicRangeMode', 0) !== 0,
    csc_mode: number('x-nv-video[0].encoderCscMode', 0),
    audio_channels: number('x-nv-audio.surround.numChannels'),
    audio_packet_ms: number('x-nv-aqos.packetDuration', 5),
    audio_high_quality: !host.includes('0.0.0.0'),
    encrypt_control_v2: (enabled & encryption.control_v2) !== 0,
    encrypt_video: (enabled & encryption.video) !== 0,
    encrypt_audio:
      (enabled & encryption.audio) !== 0 || (number('x-nv-general.featureFlags', 0) & nv_audio_encryption) !== 0,
    encrypted_control: number('x-nv-general.useReliableUdp', 0) === encrypted_control,
    binds_session: (number('x-ml-general.featureFlags', 0) & ml_binds_session) !== 0,
  };
}

/**
 * The host's offer. Reference invalidation is not named because the encoder answers it with an IDR (docs/gamestream.md, 5.5, 6.9). Pen and
 * touch stay off until the engine has them.
 */
export function describe(
  policy: 'offered' | 'required',
  capabilities: Capabilities,
  offers: { moving_gamepads: boolean },
): string {
  const all = encryption.control_v2 | encryption.video | encryption.audio;
  const requested = policy === 'required' ? all : encryption.control_v2;
  return [
    `a=x-ss-general.featureFlags:${offers.moving_gamepads ? feature.moving_gamepads : 0}`,
    `a=x-ss-general.encryptionSupported:${all}`,
    `a=x-ss-general.encryptionRequested:${requested}`,
    ...codecLines(capabilities),
    'a=fmtp:97 surround-params=21101',
    '',
  ].join('\r\n');
}
