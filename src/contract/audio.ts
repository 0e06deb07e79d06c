// The sound: which sink the desktop plays into, how it is encoded.

import { Flag, numbers, type Static, struct, Text, Whole } from './schema.ts';

export const SoundTarget = struct('SoundTarget', {
  /** Of the null sink that is made for this stream. */
  sink_name: Text(128),
  /** As people see it in their mixer. */
  sink_description: Text(256),
  /** Programs that name no sink play into it. */
  make_default: Flag,
});
export type SoundTarget = Static<typeof SoundTarget>;

/** The sink where a desktop has none for each client. */
export const own_sink: SoundTarget = {
  sink_name: 'punktfunk',
  sink_description: 'punktfunk stream',
  make_default: true,
};

export const Audio = struct('Audio', {
  target: SoundTarget,
  channels: Whole(2, 8),
  packet_duration_ms: numbers([5, 10]),
  bitrate_bps: Whole(32_000, 2_048_000),
  /** The machine's own speakers play it as well. */
  also_on_host: Flag,
});
export type Audio = Static<typeof Audio>;
