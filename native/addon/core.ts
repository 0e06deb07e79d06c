// The typed face of punktfunk_core.node: both ends of a punktfunk/1 data plane, FEC, sealing and a simulated network, for the harness and
// the host. Nothing here does I/O: bytes and time go in, bytes and events come out. Times are nanoseconds of one monotonic clock
// (process.hrtime.bigint()).
//
// Byte arrays that come out are views on the core's own memory: valid until the next call that fills it, copied only by who wants to keep
// them. What an argument cannot be throws a TypeError; what the core refuses for good throws an Error with its `status`.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** Outcomes that are not exceptional come back as numbers. */
export const status = {
  ok: 0,
  again: 1,
  invalid_argument: -1,
  buffer_too_small: -2,
  unrecoverable: -3,
  malformed: -4,
  not_authentic: -5,
  replayed: -6,
  exhausted: -7,
  wrong_state: -8,
  unsupported: -9,
  internal: -10,
} as const;
export type Status = (typeof status)[keyof typeof status];

export const frame_flags = { idr: 1, recovery_point: 2, repeat: 8 } as const;

export type Suite = 'aes-128-gcm' | 'chacha20-poly1305';

export interface StreamConfig {
  maxFrameBytes: number;
  /** 0 to 100; 20 */
  parityPercent?: number;
  /** video is paced and its losses are answered; sound leaves at once, every frame stands alone. */
  kind?: 'video' | 'sound';
}

export interface SessionConfig {
  /** 32 bytes, fresh for each session. */
  secret: Uint8Array;
  suite?: Suite;
  /** UDP payload, 512 to 9216; 1472 */
  datagramBytes?: number;
  /** At most four; numbered by their place. */
  streams: StreamConfig[];
  /** For an end that continues another process's session. */
  firstEpoch?: number;
  peerEpoch?: number;
  firstPacketNumber?: bigint;
  firstFrame?: number;
  frameIntervalNs?: bigint;
  /** Part of the interval that a large frame may take, 0 to 1. */
  spread?: number;
  maxRateBps?: number;
  silenceNs?: bigint;
}

export interface FrameInfo {
  stream?: number;
  flags?: number;
  captureNs?: bigint;
  latencyUs?: number;
}

export type HostEvent =
  | {
      kind: 'feedback' | 'recovery_wanted';
      stream: number;
      newestFrame: number;
      lostFirst: number;
      lostLast: number;
      framesLost: number;
      shardsRepaired: number;
      rttNs: bigint;
      packetLoss: number;
    }
  | { kind: 'client_silent' | 'client_back' };

export interface HostStats {
  frames: number;
  framesCut: number;
  datagrams: number;
  bytes: number;
  dataShards: number;
  parityShards: number;
  feedback: number;
  refused: number;
  rttNs: bigint;
  packetNumber: bigint;
  epoch: number;
}

export interface NativeHost {
  /** The frame's number. Bytes are copied before it returns. */
  submitFrame(slices: readonly Uint8Array[], info: FrameInfo, now_ns: bigint): number;
  /** The number of a frame whose slices come one by one; its size is settled by them, its parity by `expectedBytes`. */
  beginFrame(expectedBytes: number, info: FrameInfo, now_ns: bigint): number;
  /** The next slice of the frame begun on `info.stream`: its packets can be polled at once, the parity after the `last` one. */
  submitSlice(slice: Uint8Array, info: Pick<FrameInfo, 'stream'>, last: boolean): void;
  /** The next datagram to send now, or undefined before nextNs(). */
  pollDatagram(now_ns: bigint): Uint8Array | undefined;
  feedDatagram(datagram: Uint8Array, now_ns: bigint): Status;
  pollEvent(now_ns: bigint): HostEvent | undefined;
  nextNs(): bigint;
  stats(): HostStats;
}

export interface ReceivedFrame {
  stream: number;
  number: number;
  flags: number;
  captureNs: bigint;
  latencyUs: number;
  /** false: frames before it were lost and no recovery point has come since. */
  clean: boolean;
  bytes: Uint8Array;
  sliceEnds: number[];
  dataShards: number;
  parityShards: number;
  receivedShards: number;
  repairedShards: number;
}

export type ClientEvent =
  | { kind: 'frames_lost' | 'recovered'; stream: number; first: number; last: number }
  | { kind: 'host_silent' | 'host_back' };

export interface ClientStats {
  datagrams: number;
  bytes: number;
  notAuthentic: number;
  replayed: number;
  malformed: number;
  feedback: number;
  streams: {
    frames: number;
    framesRepaired: number;
    framesLost: number;
    shardsRepaired: number;
    late: number;
  }[];
}

export interface NativeClient {
  /** status.ok: nextFrame() has a frame; status.again: taken; else refused and counted. */
  feedDatagram(datagram: Uint8Array, now_ns: bigint): Status;
  nextFrame(): ReceivedFrame | undefined;
  pollDatagram(now_ns: bigint): Uint8Array | undefined;
  pollEvent(now_ns: bigint): ClientEvent | undefined;
  nextNs(): bigint;
  stats(): ClientStats;
}

export interface LinkConfig {
  loss?: number;
  /** Gilbert-Elliott: probability, a datagram, that the bad state begins, ends, and loses while it lasts. */
  badBegins?: number;
  badEnds?: number;
  badLoss?: number;
  delayNs?: bigint;
  jitterNs?: bigint;
  reorder?: number;
  reorderNs?: bigint;
  duplicate?: number;
  rateBps?: number;
  queueBytes?: number;
}

/** One direction of a simulated network. */
export interface NativeLink {
  send(datagram: Uint8Array, now_ns: bigint): void;
  receive(now_ns: bigint): Uint8Array | undefined;
  nextNs(): bigint;
  stats(): { sent: number; delivered: number; lost: number; queueDropped: number; duplicated: number };
}

export type FecCode = 'gf16' | 'gf8-video' | 'gf8-audio';

export interface NativeFec {
  /** Writes the parity shards. All shards have one length. */
  encode(data: readonly Uint8Array[], parity: readonly Uint8Array[]): void;
  /** shards: data, then parity; present[i] not 0 = received. Rebuilds missing data shards in place. status.ok or status.unrecoverable. */
  decode(shards: readonly Uint8Array[], present: Uint8Array, data_shards: number): Status;
}

export interface CryptoConfig {
  secret: Uint8Array;
  suite?: Suite;
  direction: 'host_to_client' | 'client_to_host';
  firstEpoch?: number;
  firstPacketNumber?: bigint;
}

export interface NativeSealer {
  /** packet: 16 bytes of header and body. datagram: room for 16 bytes more, not overlapping. Returns the datagram's length. */
  seal(packet: Uint8Array, datagram: Uint8Array): number;
}

export interface NativeOpener {
  /** body: room for the datagram's length less 32. */
  open(datagram: Uint8Array, body: Uint8Array): Status;
}

export interface CoreAddon {
  Host: new (config: SessionConfig) => NativeHost;
  Client: new (config: SessionConfig) => NativeClient;
  Link: new (config: LinkConfig, seed: bigint) => NativeLink;
  Fec: new (code: FecCode, max_data_shards: number, max_parity_shards: number, max_shard_bytes: number) => NativeFec;
  Sealer: new (config: CryptoConfig) => NativeSealer;
  Opener: new (config: CryptoConfig) => NativeOpener;
  /** One sentence. */
  statusText(code: number): string;
  abiVersion: number;
}

/** Where the build puts addons. PUNKTFUNK_NATIVE_DIR names another place (tests of other builds). */
function nativeDir(): string {
  return process.env.PUNKTFUNK_NATIVE_DIR ?? resolve(import.meta.dirname, '../../build/native/lib');
}

/** Throws an Error whose message is a sentence for people. */
export function loadCoreAddon(dir = nativeDir()): CoreAddon {
  const path = join(dir, 'punktfunk_core.node');
  if (!existsSync(path)) throw new Error(`The core is not built: ${path} is missing. Run: npm run build:native`);
  try {
    return createRequire(import.meta.url)(path) as CoreAddon;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The core ${path} cannot be loaded: ${reason}. Run: npm run build:native`);
  }
}
