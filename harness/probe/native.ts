// The probe's native half (native/client, through native/addon/client_addon.cpp): sockets, repair, decoding, measuring.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { native_dir, repair } from '../../src/installation.ts';
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

export interface NativeSummary {
  readonly audio?: NativeAudioSummary;
  readonly video?: NativeVideoSummary;
  readonly control?: NativeControlSummary;
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
    throw new ProbeError('usage', `the native half of the probe does not load (${why}); mend it with: ${repair}`);
  }
  return new native.Stream(events);
}
