// The probe's native half (native/client, through native/addon/client_addon.cpp): sockets, repair, decoding, measuring.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { harness_repair, native_dir } from '../../src/installation.ts';
import { ProbeError } from './errors.ts';
import type { OpusLayout, VideoCodec } from './sdp.ts';

export interface LossConfig {
  // Of all datagrams in the long run, lost before anything looks at them.
  readonly percent: number;
  // Mean datagrams a burst; 1 = independent.
  readonly burst: number;
  readonly seed: number;
}

interface SocketConfig {
  readonly address: string;
  readonly port: number;
  readonly ping_payload: string;
  readonly loss: LossConfig;
}

export interface NativeAudioConfig extends SocketConfig {
  readonly encrypted: boolean;
  readonly key: Uint8Array;
  readonly rikey_id: number;
  readonly layout: OpusLayout;
  readonly packet_duration_ms: number;
}

export interface NativeControlConfig {
  readonly address: string;
  readonly port: number;
  readonly connect_data: number;
  readonly key: Uint8Array;
  readonly v2: boolean;
}

export interface NativeVideoConfig extends SocketConfig {
  readonly encrypted: boolean;
  readonly key: Uint8Array;
  readonly packet_size: number;
  readonly codec: VideoCodec;
  // Empty: none.
  readonly dump: string;
  readonly record: string;
  readonly snapshot: string;
  readonly snapshot_picture: number;
}

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface NativeAudioSummary {
  readonly datagrams: number;
  readonly malformed: number;
  readonly not_authentic: number;
  readonly duplicates: number;
  readonly late: number;
  readonly packets: number;
  readonly packets_repaired: number;
  readonly packets_lost: number;
  readonly datagrams_dropped: number;
  readonly kernel_drops: number;
  readonly bytes: number;
  readonly decode_errors: number;
  readonly audible_ms: number;
  readonly tone_hz: readonly number[];
}

export interface NativeVideoSummary {
  readonly datagrams: number;
  readonly malformed: number;
  readonly not_authentic: number;
  readonly duplicates: number;
  readonly late: number;
  readonly datagrams_dropped: number;
  readonly kernel_drops: number;
  readonly wire_bytes: number;
  readonly frames: number;
  readonly frames_repaired: number;
  readonly frames_lost: number;
  readonly frames_skipped: number;
  readonly shards_repaired: number;
  readonly idr_frames: number;
  readonly idr_requests: number;
  readonly access_unit_bytes: number;
  readonly first_datagram_ns: number;
  readonly first_frame_ns: number;
  readonly last_frame_ns: number;
  readonly first_frame_index: number;
  readonly last_frame_index: number;
  readonly frame_gap_ms: Percentiles;
  readonly frame_bytes: Percentiles;
  readonly host_latency_ms: Percentiles;
  readonly access_units: number;
  readonly pictures: number;
  readonly decode_errors: number;
  readonly overruns: number;
  readonly last_decode_error: string;
  readonly file_error: string;
  readonly width: number;
  readonly height: number;
  readonly full_range: boolean;
  readonly matrix: number;
  readonly primaries: number;
  readonly transfer: number;
  readonly size_changes: number;
  readonly beacon_pictures: number;
  readonly beacon_distinct: number;
  readonly beacon_repeated: number;
  readonly beacon_backward: number;
  readonly beacon_first: number;
  readonly beacon_last: number;
  // A beacon that was found, but not as it was painted: there, scaled so, its blacks and whites of 255. Absent: none was.
  readonly beacon_sight?: {
    readonly scale: number;
    readonly x: number;
    readonly y: number;
    readonly dark: number;
    readonly light: number;
  };
  readonly painted_to_received_ms: Percentiles;
  readonly painted_to_decoded_ms: Percentiles;
  readonly decode_ms: Percentiles;
}

export interface NativeControlSummary {
  readonly messages_sent: number;
  readonly messages_received: number;
  readonly refused: number;
  readonly round_trip_ms: number;
}

// Of the beacon's clicks (harness/beacon --click): on the machine that paints and clicks.
export interface NativeClickSummary {
  readonly painted_to_heard_ms: Percentiles;
  // Below 0: the picture came first.
  readonly picture_after_sound_ms: Percentiles;
  readonly apart_ms: Percentiles;
}

export interface NativeSummary {
  readonly clicks?: NativeClickSummary;
  readonly audio?: NativeAudioSummary;
  readonly video?: NativeVideoSummary;
  readonly control?: NativeControlSummary;
}

// A decoded picture; nanoseconds of this machine's CLOCK_MONOTONIC.
export interface NativePicture {
  readonly frame: number;
  // As its header says, from presentation to the first packet; 0 = nothing.
  readonly host_latency_tenths_ms: number;
  // The datagram was read that made it whole.
  readonly received_ns: number;
  // What it lacked is repaired, and it is in one piece.
  readonly whole_ns: number;
  readonly decoded_ns: number;
  // Absent: no beacon can be read in it.
  readonly beacon?: { readonly number: number; readonly painted_ns: number };
}

// A click of the beacon; nanoseconds of the machine that paints, clicks and hears.
export interface NativeClick {
  readonly painted_ns: number;
  readonly heard_ns: number;
  readonly received_ns: number;
}

export function readClicks(rows: Float64Array): NativeClick[] {
  return Array.from({ length: rows.length / 3 }, (_, i) => {
    const [painted_ns = 0, heard_ns = 0, received_ns = 0] = rows.subarray(i * 3, (i + 1) * 3);
    return { painted_ns, heard_ns, received_ns };
  });
}

const picture_columns = 8;

// Of the rows that takePictures brings.
export function readPictures(rows: Float64Array): NativePicture[] {
  return Array.from({ length: rows.length / picture_columns }, (_, i) => {
    const row = rows.subarray(i * picture_columns, (i + 1) * picture_columns);
    const [frame = 0, tenths = 0, received_ns = 0, whole_ns = 0, decoded_ns = 0, read = 0, number = 0, painted_ns = 0] =
      row;
    const times = { frame, host_latency_tenths_ms: tenths, received_ns, whole_ns, decoded_ns };
    return read === 1 ? { ...times, beacon: { number, painted_ns } } : times;
  });
}

export type ControlEnd = 'stopped' | 'terminated' | 'disconnected' | 'timed_out' | 'connect_failed';

export type NativeEvent =
  | { kind: 'connected' }
  | { kind: 'first_frame' }
  | { kind: 'host_message'; type: number; payload: Buffer }
  | { kind: 'ended'; how: ControlEnd; reason: number };

export interface NativeStream {
  startAudio(config: NativeAudioConfig): void;
  startControl(config: NativeControlConfig): void;
  startVideo(config: NativeVideoConfig): void;
  // False when it could not be queued: no control stream, or it has ended.
  sendInput(packet: Uint8Array, channel: number, reliable: boolean): boolean;
  requestIdr(): boolean;
  summary(): NativeSummary;
  takePictures(): Float64Array;
  clicks(): Float64Array;
  stop(): Promise<void>;
}

interface NativeModule {
  readonly Stream: new (events: (event: NativeEvent) => void) => NativeStream;
}

export function openNativeStream(events: (event: NativeEvent) => void): NativeStream {
  const file = join(native_dir, 'punktfunk_client.node');
  let native: NativeModule;
  try {
    native = createRequire(import.meta.url)(file) as NativeModule;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ProbeError(
      'usage',
      `the native half of the probe does not load (${why}); mend it with: ${harness_repair}`,
    );
  }
  return new native.Stream(events);
}
