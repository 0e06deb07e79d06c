// A GameStream host behind a link: all its ports on another address of this machine, as behind a router with one address. TCP (HTTP,
// HTTPS, RTSP) passes as it is; UDP (picture, sound, control) passes the relay.

import { lookup } from 'node:dns/promises';
import { connect, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import { portsOf, streamPortRange } from '../../src/ports.ts';
import { Relay, RelayError } from './relay.ts';

export interface HostBehindLinkOptions {
  readonly host: string;
  readonly base_port: number;
  /** An IPv4 address of this machine at which the host itself does not listen. */
  readonly listen: string;
  readonly seed: number;
  readonly link: readonly string[];
}

export class HostBehindLink {
  readonly relay: Relay;
  readonly listen: string;
  readonly base_port: number;
  readonly #servers: readonly Server[];

  private constructor(relay: Relay, { listen, base_port }: HostBehindLinkOptions, servers: readonly Server[]) {
    this.relay = relay;
    this.listen = listen;
    this.base_port = base_port;
    this.#servers = servers;
  }

  /** Throws RelayError. */
  static async open(options: HostBehindLinkOptions): Promise<HostBehindLink> {
    const { listen, base_port, seed, link } = options;
    const host = await addressOf(options.host);
    if (host === listen)
      throw new RelayError(`The host is at ${host} itself: let the relay listen at another address (--listen).`);
    const ports = portsOf(base_port);
    const { first, last } = streamPortRange(ports);
    const relay = await Relay.start({ listen, host, first_port: first, last_port: last, seed, link });
    const servers: Server[] = [];
    try {
      for (const port of [ports.https, ports.http, ports.rtsp]) servers.push(await passThrough(listen, host, port));
    } catch (error) {
      await closeAll(servers);
      await relay.stop();
      throw error;
    }
    return new HostBehindLink(relay, options, servers);
  }

  async close(): Promise<void> {
    await closeAll(this.#servers);
    await this.relay.stop();
  }
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch {
    throw new RelayError(`${host} cannot be resolved to an IPv4 address.`);
  }
}

const sockets = new WeakMap<Server, Set<{ destroy(): unknown }>>();

/** Each connection is passed on to the host, and ends with the other's end. */
function passThrough(listen: string, host: string, port: number): Promise<Server> {
  return new Promise((done, failed) => {
    const open = new Set<{ destroy(): unknown }>();
    // Each direction ends by itself, as it would without us.
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const to_host = connect({ host, port, allowHalfOpen: true });
      for (const socket of [client, to_host]) {
        socket.setNoDelay(true);
        open.add(socket);
        socket.once('close', () => open.delete(socket));
      }
      // What ends one way ends the other: the errors are the peers' own matter.
      pipeline(client, to_host, () => {});
      pipeline(to_host, client, () => {});
    });
    sockets.set(server, open);
    server.once('error', (error: NodeJS.ErrnoException) => failed(new RelayError(sentence(error, listen, port))));
    server.listen({ host: listen, port, exclusive: true }, () => done(server));
  });
}

function sentence({ code, message }: NodeJS.ErrnoException, listen: string, port: number): string {
  if (code !== 'EADDRINUSE') return `TCP port ${port} of ${listen} cannot be opened: ${message}.`;
  return (
    `TCP port ${port} of ${listen} is taken: a host on this machine that listens at every address has it. ` +
    'Let the relay listen at an address of another machine, or the host at one of its own (punktfunk: --bind 127.0.0.1).'
  );
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map((server) => {
      for (const socket of sockets.get(server) ?? []) socket.destroy();
      return new Promise((done) => server.close(done));
    }),
  );
}
