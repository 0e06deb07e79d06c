// Looks for hosts on the network as clients do: multicast DNS (RFC 6762) for `_nvstream._tcp.local`.

import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

export interface Announced {
  readonly instance: string;
  readonly port: number;
  readonly address: string;
  /** CLOCK_MONOTONIC of this machine when the first answer came. */
  readonly at_ns: bigint;
}

interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl_s: number;
  readonly data: Buffer;
  /** Where `data` begins: names in it may point back into the packet. */
  readonly at: number;
}

const group = '224.0.0.251';
const mdns_port = 5353;
const service = '_nvstream._tcp.local';
const query_every_ms = 200;
const type = { a: 1, ptr: 12, srv: 33 } as const;

/** Reads a name at `offset`; throws RangeError when it does not lie inside the packet. RFC 1035 4.1.4. */
function readName(packet: Buffer, offset: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = offset;
  let end = -1;
  for (let jumps = 0; ; ) {
    const length = packet.readUInt8(at);
    if (length === 0) break;
    if ((length & 0xc0) === 0xc0) {
      if (end < 0) end = at + 2;
      if (++jumps > 16) throw new RangeError('a name that points in circles');
      at = packet.readUInt16BE(at) & 0x3fff;
      continue;
    }
    if (at + 1 + length > packet.length) throw new RangeError('a label past the end');
    labels.push(packet.toString('utf8', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: end < 0 ? at + 1 : end };
}

/** All records of a response; none of a query. Throws RangeError for a packet that is not whole. */
export function readRecords(packet: Buffer): DnsRecord[] {
  const is_response = (packet.readUInt16BE(2) & 0x8000) !== 0;
  if (!is_response) return [];
  let at = 12;
  for (let left = packet.readUInt16BE(4); left > 0; left--) at = readName(packet, at).end + 4;
  const records: DnsRecord[] = [];
  for (let left = packet.readUInt16BE(6) + packet.readUInt16BE(8) + packet.readUInt16BE(10); left > 0; left--) {
    const { name, end } = readName(packet, at);
    const length = packet.readUInt16BE(end + 8);
    const begin = end + 10;
    if (begin + length > packet.length) throw new RangeError('a record past the end');
    const data = packet.subarray(begin, begin + length);
    records.push({ name, type: packet.readUInt16BE(end), ttl_s: packet.readUInt32BE(end + 4), data, at: begin });
    at = begin + length;
  }
  return records;
}

/** The host that a response announces, or says farewell to (ttl 0). */
export function readAnnounced(packet: Buffer): { instance: string; port: number; address: string; gone: boolean }[] {
  const records = readRecords(packet);
  return records
    .filter((record) => record.type === type.ptr && record.name === service)
    .map((pointer) => {
      const instance = readName(packet, pointer.at).name;
      const srv = records.find((record) => record.type === type.srv && record.name === instance);
      const target = srv && readName(packet, srv.at + 6).name;
      const a = records.find((record) => record.type === type.a && record.name === target && record.data.length === 4);
      return {
        instance: instance.slice(0, -service.length - 1),
        port: srv ? srv.data.readUInt16BE(4) : 0,
        address: a ? [...a.data].join('.') : '',
        gone: pointer.ttl_s === 0,
      };
    });
}

function question(): Buffer {
  const labels = service.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const header = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type.ptr, 0, 1])]);
}

/** Asks and listens until closed. */
export class Browser {
  readonly #hosts = new Map<string, Announced>();
  readonly #sockets: Socket[] = [];
  readonly #timer: NodeJS.Timeout;

  private constructor(sockets: Socket[]) {
    this.#sockets = sockets;
    const packet = question();
    const ask = () => {
      for (const socket of sockets) socket.send(packet, mdns_port, group, () => undefined); // a link that is down
    };
    ask();
    this.#timer = setInterval(ask, query_every_ms);
  }

  /** On the interface with our address `own`; without one on every IPv4 interface that this machine has now. */
  static async open(own?: string): Promise<Browser> {
    const all = Object.values(networkInterfaces()).flat();
    const outer = all.filter((one) => one?.family === 'IPv4' && !one.internal).map((one) => one?.address ?? '');
    const addresses = own === undefined ? outer : [own];
    const sockets = await Promise.all(addresses.map(openSocket));
    const browser = new Browser(sockets);
    for (const socket of sockets) socket.on('message', (packet, from) => browser.#hear(packet, from.address));
    return browser;
  }

  #hear(packet: Buffer, from: string): void {
    const at_ns = process.hrtime.bigint();
    try {
      for (const { instance, port, address, gone } of readAnnounced(packet)) {
        const key = address || from;
        if (gone) this.#hosts.delete(key);
        else if (port > 0 && !this.#hosts.has(key)) this.#hosts.set(key, { instance, port, address: key, at_ns });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // some other program's packet
    }
  }

  /** What was heard of the host at `address` since opening or `forget`. */
  find(address: string): Announced | undefined {
    return this.#hosts.get(address);
  }
  forget(): void {
    this.#hosts.clear();
  }
  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.close();
  }
}

function openSocket(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.once('error', reject);
    socket.bind(mdns_port, () => {
      socket.addMembership(group, address);
      socket.setMulticastInterface(address);
      socket.setMulticastTTL(255);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
