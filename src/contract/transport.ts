// How a stream reaches its client.

import { Type } from 'typebox';
import { Flag, Port, type Static, struct, Text, tagged, Whole, Word32, words } from './schema.ts';

const GameStreamTransport = struct('GameStreamTransport', {
  kind: Type.Literal('gamestream'),
  bind_address: Text(64),
  client_address: Text(64),
  /** 0: any; `listening` says which. */
  video_port: Port,
  audio_port: Port,
  control_port: Port,
  /** 16 characters, or empty for clients that send the bare ping. */
  ping_payload: Text(16),
  packet_size: Whole(256, 8192, 16),
  fec_percent: Whole(0, 255),
  min_parity_shards: Whole(0, 255),
  encrypt_video: Flag,
  encrypt_audio: Flag,
  nonce_scheme: words('NonceScheme', ['v2', 'legacy16']),
  connect_data: Word32,
  /** Without it a client is known by its address. */
  require_connect_data: Flag,
  client_timeout_ms: Whole(1000, 120_000),
  connect_timeout_ms: Whole(1000, 120_000),
  /** 16 bytes. */
  key_hex: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  /** Unsigned view of the launch's rikeyid. */
  rikey_id: Word32,
});
export type GameStreamTransport = Static<typeof GameStreamTransport>;

export const Transport = tagged('Transport', 'kind', [GameStreamTransport]);
export type Transport = Static<typeof Transport>;

/** The ports that its engine has opened. */
export const OpenTransport = tagged('OpenTransport', 'kind', [
  struct('GameStreamPorts', {
    kind: Type.Literal('gamestream'),
    video_port: Port,
    audio_port: Port,
    control_port: Port,
  }),
]);
