// What GameStream offers of what engines can do: /serverinfo's flags, DESCRIBE's lines, and the picture that an ANNOUNCE may ask for. Pure.

import type { Capabilities } from '../contract/capabilities.ts';
import { type Codec, codec_names, type Video } from '../contract/video.ts';
import { PunktfunkError } from '../errors.ts';
import { encodersOf, requireEncoder } from '../session/capabilities.ts';

type Picture = Pick<Video, 'codec' | 'bit_depth' | 'chroma'>;

interface CodecWords {
  /** Of ServerCodecModeSupport, 8 bit and 4:2:0 (docs/gamestream.md, 2.3). */
  mode: number;
  /** bitStreamFormat in ANNOUNCE (docs/gamestream.md, 5.6). */
  format: number;
  /** What DESCRIBE names it by; clients take what is not named to be missing (docs/gamestream.md, 5.5). */
  sdp: readonly string[];
}

const words: Readonly<Record<Codec, CodecWords>> = { h264: { mode: 0x0000_0001, format: 0, sdp: [] } };

const codecsOf = (capabilities: Capabilities): Codec[] => [
  ...new Set(encodersOf(capabilities).map(({ codec }) => codec)),
];

export const codecModes = (capabilities: Capabilities): number =>
  codecsOf(capabilities).reduce((modes, codec) => modes | words[codec].mode, 0);

export const codecLines = (capabilities: Capabilities): readonly string[] =>
  codecsOf(capabilities).flatMap((codec) => words[codec].sdp);

export interface AskedPicture {
  width: number;
  height: number;
  /** 0 H.264, 1 HEVC, 2 AV1. */
  codec: number;
  chroma_444: boolean;
  ten_bit: boolean;
}

/** Throws NO_ENCODER, STREAM_REFUSED, MODE_REFUSED for what no encoder here makes. */
export function choosePicture(asked: AskedPicture, capabilities: Capabilities): Picture {
  requireEncoder(capabilities);
  const codecs = codecsOf(capabilities);
  const codec = codecs.find((one) => words[one].format === asked.codec);
  if (codec === undefined) {
    const offered = codecs.map((one) => codec_names[one]).join(' and ');
    throw refuse(`the client chose a codec that is not offered (${offered})`);
  }
  if (asked.chroma_444) throw refuse('4:4:4 colour is not offered');
  if (asked.ten_bit) throw refuse('HDR is not offered');
  const picture: Picture = { codec, bit_depth: 8, chroma: 'yuv420' };
  const encoders = encodersOf(capabilities).filter(
    (one) => one.codec === codec && one.bit_depths.includes(8) && one.chromas.includes(picture.chroma),
  );
  const most = Math.max(0, ...encoders.map(({ max_side_px }) => max_side_px));
  const { width, height } = asked;
  if (Math.max(width, height) > most)
    throw new PunktfunkError('MODE_REFUSED', {
      mode: `${width}x${height}`,
      reason: `the encoders here take at most ${most} points a side`,
    });
  return picture;
}

const refuse = (reason: string) => new PunktfunkError('STREAM_REFUSED', { reason });
