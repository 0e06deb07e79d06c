// An input packet as it goes into a control message (docs/gamestream.md, 9.1).

export interface InputPacket {
  readonly channel: number;
  readonly bytes: Buffer;
  /** Whether it is sent again until it has arrived. */
  readonly reliable: boolean;
}

/** Size (big-endian, of all that follows), magic (little-endian), body. */
export function inputPacket(channel: number, magic: number, body: Buffer, reliable = true): InputPacket {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(4 + body.length, 0);
  header.writeUInt32LE(magic, 4);
  return { channel, bytes: Buffer.concat([header, body]), reliable };
}
