// The picture: where it is taken, how it is encoded.

import { Type } from 'typebox';
import { Flag, numbers, type Static, struct, Text, tagged, Whole, words } from './schema.ts';

/** `output`: its name; empty: the first. */
export const WlrootsTarget = struct('WlrootsTarget', {
  kind: Type.Literal('wlroots'),
  wayland_display: Text(256),
  output: Text(128),
});
/** XDG ScreenCast. `restore_token`: the grant of an earlier time; empty: a person is asked. */
const PortalTarget = struct('PortalTarget', { kind: Type.Literal('portal'), restore_token: Text(1024) });
/** A node of the session's own PipeWire. */
export const PipeWireNodeTarget = struct('PipeWireNodeTarget', {
  kind: Type.Literal('pipewire'),
  node_id: Whole(0, 0xffff_fffe),
});
/** A painted, numbered picture for tests and measurements. */
export const SyntheticTarget = struct('SyntheticTarget', { kind: Type.Literal('synthetic'), moving: Flag });

export const VideoTarget = tagged('VideoTarget', 'kind', [
  WlrootsTarget,
  PortalTarget,
  PipeWireNodeTarget,
  SyntheticTarget,
]);
export type VideoTarget = Static<typeof VideoTarget>;

/** Of a picture's either side. */
const max_side = 8192;
export const max_side_px = Whole(0, max_side);

export const Codec = words('Codec', ['h264']);
export type Codec = Static<typeof Codec>;
/** As people call them. */
export const codec_names: Readonly<Record<Codec, string>> = { h264: 'H.264' };

export const Chroma = words('Chroma', ['yuv420']);
export type Chroma = Static<typeof Chroma>;
export const BitDepth = numbers([8]);
export type BitDepth = Static<typeof BitDepth>;

export const bitrate_kbps = Whole(100, 2_000_000);

export const Video = struct('Video', {
  target: VideoTarget,
  width: Whole(64, max_side, 2),
  height: Whole(64, max_side, 2),
  fps: Whole(1, 1000),
  codec: Codec,
  bit_depth: BitDepth,
  chroma: Chroma,
  colorspace: words('Colorspace', ['rec601', 'rec709', 'rec2020']),
  full_range: Flag,
  bitrate_kbps,
  slices: Whole(1, 32),
  /** 0: the encoder's choice. */
  max_reference_frames: Whole(0, 16),
  /** The quality that is good enough, as x264 counts it: less is better. */
  crf: Whole(10, 40),
  preset: words('Preset', ['ultrafast', 'superfast', 'veryfast']),
});
export type Video = Static<typeof Video>;
