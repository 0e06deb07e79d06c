// The whole conversation between the host and an engine: small, bounded, validated on both sides. The host decides, the engine does.
// Carried as JSON over the child's IPC channel; secrets travel here and nowhere else (never argv, environment or logs).

import { type Static, Type } from 'typebox';

const Port = Type.Integer({ minimum: 0, maximum: 65535 });
const Text = (maxLength: number) => Type.String({ maxLength });
/** 16 bytes as 32 hex digits. */
const KeyHex = Type.String({ pattern: '^[0-9a-f]{32}$' });

export const VideoTarget = Type.Union([
  Type.Object({ kind: Type.Literal('wlroots'), wayland_display: Text(256), output: Text(128) }),
  Type.Object({ kind: Type.Literal('portal'), restore_token: Text(1024) }),
  Type.Object({ kind: Type.Literal('synthetic'), moving: Type.Boolean() }),
]);
export type VideoTarget = Static<typeof VideoTarget>;

export const StartMessage = Type.Object({
  type: Type.Literal('start'),
  module_dir: Text(4096),
  checkpoint_path: Text(4096),
  bind_address: Text(64),
  video_port: Port,
  audio_port: Port,
  control_port: Port,
  client_address: Text(64),
  /** 16 characters, or empty for clients that send the bare ping. */
  ping_payload: Text(16),
  target: VideoTarget,
  video: Type.Object({
    width: Type.Integer({ minimum: 64, maximum: 8192, multipleOf: 2 }),
    height: Type.Integer({ minimum: 64, maximum: 8192, multipleOf: 2 }),
    fps: Type.Integer({ minimum: 1, maximum: 1000 }),
    bitrate_kbps: Type.Integer({ minimum: 100, maximum: 2_000_000 }),
    slices: Type.Integer({ minimum: 1, maximum: 32 }),
    max_reference_frames: Type.Integer({ minimum: 0, maximum: 16 }),
    colorspace: Type.Union([Type.Literal('rec601'), Type.Literal('rec709'), Type.Literal('rec2020')]),
    full_range: Type.Boolean(),
    preset: Type.Union([Type.Literal('ultrafast'), Type.Literal('superfast'), Type.Literal('veryfast')]),
    packet_size: Type.Integer({ minimum: 256, maximum: 8192, multipleOf: 16 }),
    fec_percent: Type.Integer({ minimum: 0, maximum: 255 }),
    min_parity_shards: Type.Integer({ minimum: 0, maximum: 255 }),
    encrypt: Type.Boolean(),
  }),
  /** null: no sound. */
  audio: Type.Union([
    Type.Null(),
    Type.Object({
      channels: Type.Integer({ minimum: 2, maximum: 8 }),
      packet_duration_ms: Type.Union([Type.Literal(5), Type.Literal(10)]),
      bitrate_bps: Type.Integer({ minimum: 32_000, maximum: 2_048_000 }),
      encrypt: Type.Boolean(),
      /** The machine's own speakers play it as well. */
      also_on_host: Type.Boolean(),
    }),
  ]),
  control: Type.Object({
    nonce_scheme: Type.Union([Type.Literal('v2'), Type.Literal('legacy16')]),
    connect_data: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
    require_connect_data: Type.Boolean(),
    client_timeout_ms: Type.Integer({ minimum: 1000, maximum: 120_000 }),
    connect_timeout_ms: Type.Integer({ minimum: 1000, maximum: 120_000 }),
  }),
  /** null: events are counted and dropped. */
  input: Type.Union([
    Type.Null(),
    Type.Object({
      kind: Type.Literal('wlroots'),
      wayland_display: Text(256),
      output: Text(128),
      /** Instead of the desktop's own. */
      keyboard_layout: Type.Optional(Text(256)),
      /** Sway's control socket, which tells the active one of several layouts. */
      sway_socket: Type.Optional(Text(4096)),
    }),
  ]),
  key_hex: KeyHex,
  /** Unsigned view of the launch's rikeyid. */
  rikey_id: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
});
export type StartMessage = Static<typeof StartMessage>;

const StopMessage = Type.Object({
  type: Type.Literal('stop'),
  /** GameStream termination reason told to the client; 0 = tell nothing (it left by itself). */
  termination_reason: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
});

export const HostMessage = Type.Union([StartMessage, StopMessage]);
export type HostMessage = Static<typeof HostMessage>;

const Stage = Type.Object({
  p50_us: Type.Number(),
  p95_us: Type.Number(),
  p99_us: Type.Number(),
  max_us: Type.Number(),
});
const Count = Type.Number({ minimum: 0 });

export const EngineStats = Type.Object({
  type: Type.Literal('stats'),
  interval_s: Type.Number(),
  frames_captured: Count,
  frames_dropped: Count,
  frames_encoded: Count,
  frames_sent: Count,
  idr_frames: Count,
  bytes_sent: Count,
  datagrams_sent: Count,
  send_would_block: Count,
  latency: Type.Object({ capture: Stage, convert: Stage, encode: Stage, protect: Stage, send: Stage, total: Stage }),
  /** Thread CPU time; capture, convert and protect are parts of video and send. */
  cpu_ms: Type.Object({
    video: Count,
    send: Count,
    control: Count,
    audio: Count,
    process: Count,
    capture: Count,
    convert: Count,
    protect: Count,
  }),
  audio: Type.Object({ packets: Count, bytes: Count, underruns: Count, overruns: Count }),
  control: Type.Object({
    messages: Count,
    refused: Count,
    replayed: Count,
    input_events: Count,
    input_ignored: Count,
    idr_requests: Count,
    round_trip_ms: Count,
  }),
});
export type EngineStats = Static<typeof EngineStats>;

/** Why an engine ended by itself (native/engine/pipeline/engine.cpp). */
export const EngineEnding = Type.Union([
  Type.Literal('client_quit'),
  Type.Literal('client_timeout'),
  Type.Literal('connect_timeout'),
  Type.Literal('stopped'),
  Type.Literal('failed'),
]);
export type EngineEnding = Static<typeof EngineEnding>;

export const EngineMessage = Type.Union([
  /** The addon is loaded: the engine waits for start. */
  Type.Object({ type: Type.Literal('loaded'), pid: Type.Integer() }),
  Type.Object({ type: Type.Literal('listening'), video_port: Port, audio_port: Port, control_port: Port }),
  Type.Object({ type: Type.Literal('client_connected') }),
  /** The client said goodbye: within a second `ended` follows, or the problem `forged_goodbye`. */
  Type.Object({ type: Type.Literal('client_leaving') }),
  Type.Object({
    type: Type.Literal('first_frame'),
    width: Type.Integer(),
    height: Type.Integer(),
    encoder: Text(128),
    capture: Text(128),
  }),
  EngineStats,
  /** A sentence for people; fatal ones are followed by ended. */
  Type.Object({ type: Type.Literal('problem'), code: Text(64), detail: Text(2048), fatal: Type.Boolean() }),
  Type.Object({ type: Type.Literal('restore_token'), token: Text(1024) }),
  /** The engine exits after it. */
  Type.Object({ type: Type.Literal('ended'), reason: EngineEnding }),
]);
export type EngineMessage = Static<typeof EngineMessage>;
