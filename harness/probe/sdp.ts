// The two session descriptions of GameStream: what the host offers in its DESCRIBE reply (docs/gamestream.md, 5.5, found as stock clients
// find it, by searching the text), and what the client announces (docs/gamestream.md, 5.6).

export type VideoCodec = 'h264' | 'hevc' | 'av1';

export const encryption_control_v2 = 1;
export const encryption_video = 2;
export const encryption_audio = 4;

export interface OpusLayout {
  readonly channels: number;
  readonly streams: number;
  readonly coupled: number;
  // mapping[k]: the coded channel that client channel k is decoded from.
  readonly mapping: readonly number[];
}

export interface HostOffer {
  readonly codecs: readonly VideoCodec[];
  readonly reference_invalidation: boolean;
  readonly feature_flags: number;
  readonly encryption_supported: number;
  readonly encryption_requested: number;
  // As offered, in order; for each channel count normal quality first, high quality second.
  readonly surround_params: readonly string[];
}

export function readOffer(body: string): HostOffer {
  const number = (name: string): number => {
    const match = new RegExp(`a=${name.replace('.', '\\.')}:(\\d+)`).exec(body);
    return match?.[1] === undefined ? 0 : Number(match[1]);
  };
  const codecs: VideoCodec[] = ['h264'];
  if (body.includes('sprop-parameter-sets=AAAAAU')) codecs.push('hevc');
  if (body.includes('AV1/90000')) codecs.push('av1');
  return {
    codecs,
    reference_invalidation: body.includes('x-nv-video[0].refPicInvalidation'),
    feature_flags: number('x-ss-general.featureFlags'),
    encryption_supported: number('x-ss-general.encryptionSupported'),
    encryption_requested: number('x-ss-general.encryptionRequested'),
    surround_params: [...body.matchAll(/fmtp:97 surround-params=(\d+)/g)].map((match) => match[1] ?? ''),
  };
}

// The Opus layout for a channel count: stereo is fixed; surround takes the first offered line, or the second for high
// quality. Lines of normal quality have their mapping rotated, as if LFE came last (docs/gamestream.md, 7.1).
export function opusLayout(offer: HostOffer, channels: number, high_quality: boolean): OpusLayout {
  if (channels === 2) return { channels: 2, streams: 1, coupled: 1, mapping: [0, 1] };
  const lines = offer.surround_params.filter((line) => line.startsWith(String(channels)));
  const high = high_quality && lines.length > 1;
  const line = lines[high ? 1 : 0];
  if (line === undefined) throw new Error(`the host offers no Opus layout for ${channels} channels`);
  const digits = [...line].map(Number);
  const [, streams = 0, coupled = 0] = digits;
  const read = digits.slice(3);
  if (read.length !== channels || streams + coupled > channels || read.some((coded) => coded >= streams + coupled)) {
    throw new Error(`the host's Opus layout "${line}" does not fit ${channels} channels`);
  }
  const mapping = high ? read : [...read.slice(0, 3), read[channels - 1] ?? 0, ...read.slice(3, channels - 1)];
  return { channels, streams, coupled, mapping };
}

export const channel_masks: Record<number, number> = { 2: 0x3, 6: 0x3f, 8: 0x63f };

export interface Announcement {
  readonly address: string;
  readonly video_port: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly refresh_rate_x100: number;
  readonly bitrate_kbps: number;
  // As on the wire: already less 32 when video is encrypted.
  readonly packet_size: number;
  readonly codec: VideoCodec;
  readonly client_features: number;
  readonly encryption_enabled: number;
  // Audio may be encrypted although the host did not offer it: only x-nv-general.featureFlags says so then.
  readonly audio_encrypted: boolean;
  readonly slices: number;
  readonly max_reference_frames: number;
  readonly channels: number;
  readonly high_quality_surround: boolean;
  readonly packet_duration_ms: number;
  readonly csc_mode: number;
}

const bit_stream_formats: Record<VideoCodec, number> = { h264: 0, hevc: 1, av1: 2 };
const audio_encrypted_flag = 0x20;
const input_encrypted_flag = 0x80;
const max_announced_kbps = 100_000;

export function writeAnnouncement(session: Announcement): string {
  const kbps = Math.min(Math.trunc(session.bitrate_kbps * 0.8), max_announced_kbps);
  const features = 7 + input_encrypted_flag + (session.audio_encrypted ? audio_encrypted_flag : 0);
  const attributes: [name: string, value: number][] = [
    ['x-ml-general.featureFlags', session.client_features],
    ['x-ss-general.encryptionEnabled', session.encryption_enabled],
    ['x-ss-video[0].chromaSamplingType', 0],
    ['x-nv-video[0].clientViewportWd', session.width],
    ['x-nv-video[0].clientViewportHt', session.height],
    ['x-nv-video[0].maxFPS', session.fps],
    ['x-nv-video[0].packetSize', session.packet_size],
    ['x-nv-video[0].rateControlMode', 4],
    ['x-nv-video[0].timeoutLengthMs', 7000],
    ['x-nv-video[0].framesWithInvalidRefThreshold', 0],
    ['x-nv-video[0].initialBitrateKbps', kbps],
    ['x-nv-video[0].initialPeakBitrateKbps', kbps],
    ['x-nv-vqos[0].bw.minimumBitrateKbps', kbps],
    ['x-nv-vqos[0].bw.maximumBitrateKbps', kbps],
    ['x-ml-video.configuredBitrateKbps', session.bitrate_kbps],
    ['x-nv-vqos[0].fec.enable', 1],
    ['x-nv-vqos[0].videoQualityScoreUpdateTime', 5000],
    ['x-nv-vqos[0].qosTrafficType', 5],
    ['x-nv-aqos.qosTrafficType', 4],
    ['x-nv-general.featureFlags', features],
    ['x-nv-general.useReliableUdp', 13],
    ['x-nv-vqos[0].fec.minRequiredFecPackets', 2],
    ['x-nv-vqos[0].bllFec.enable', 0],
    ['x-nv-vqos[0].drc.enable', 0],
    ['x-nv-general.enableRecoveryMode', 0],
    ['x-nv-video[0].videoEncoderSlicesPerFrame', session.slices],
    ...(session.codec === 'av1'
      ? []
      : [['x-nv-clientSupportHevc', session.codec === 'hevc' ? 1 : 0] as [string, number]]),
    ['x-nv-vqos[0].bitStreamFormat', bit_stream_formats[session.codec]],
    ['x-nv-video[0].dynamicRangeMode', 0],
    ['x-nv-video[0].maxNumReferenceFrames', session.max_reference_frames],
    ['x-nv-video[0].clientRefreshRateX100', session.refresh_rate_x100],
    ['x-nv-audio.surround.numChannels', session.channels],
    ['x-nv-audio.surround.channelMask', channel_masks[session.channels] ?? 3],
    ['x-nv-audio.surround.enable', session.channels > 2 ? 1 : 0],
    ['x-nv-audio.surround.AudioQuality', session.high_quality_surround ? 1 : 0],
    ['x-nv-aqos.packetDuration', session.packet_duration_ms],
    ['x-nv-video[0].encoderCscMode', session.csc_mode],
  ];
  const family = session.address.includes(':') ? 'IPv6' : 'IPv4';
  return [
    'v=0\r\n',
    `o=android 0 14 IN ${family} ${session.address}\r\n`,
    's=NVIDIA Streaming Client\r\n',
    // Stock clients leave a space before each line end; hosts must trim it.
    ...attributes.map(([name, value]) => `a=${name}:${value} \r\n`),
    't=0 0\r\n',
    `m=video ${session.video_port}  \r\n`,
  ].join('');
}
