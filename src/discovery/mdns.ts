// Announces the host as `_nvstream._tcp` (docs/gamestream.md, 1.1). Clients need no TXT record: they take address and port and ask
// /serverinfo.

import type { RemoteInfo } from 'node:dgram';
import type { CiaoService, Responder } from '@homebridge/ciao';
import type { Logger } from '../log.ts';

// ciao's ServiceEvent.NAME_CHANGED; its enum cannot be imported where types are stripped.
const name_changed = 'name-change' as Parameters<CiaoService['on']>[0] & string;

export interface Announcement {
  /** The instance's name on the network; another than was asked for when that one is another host's. */
  readonly name: string;
  /** Tells the network that the host is gone. */
  close(): Promise<void>;
}

/**
 * Starts announcing `name` at `port`. `address` limits it to one local address; undefined: all. Rejects when the network does not allow it;
 * the host works without.
 */
export async function announce(
  name: string,
  port: number,
  address: string | undefined,
  log: Logger,
): Promise<Announcement> {
  const { default: ciao } = await import('@homebridge/ciao');
  const responder = ciao.getResponder();
  withstand(responder);
  const service = responder.createService({
    name: instanceName(name),
    type: 'nvstream',
    port,
    // Not for clients: with an empty TXT record ciao takes its own announcement, when it hears it, for another's, and begins anew for ever.
    txt: { txtvers: '1' },
    // Not the machine's own name: a system responder (avahi) may hold that one and would rename the machine on a conflict.
    hostname: `${instanceName(name)}-punktfunk`,
    disabledIpv6: true, // nothing of ours listens on IPv6
    ...(address ? { restrictedAddresses: [address] } : {}),
  });
  let current = instanceName(name);
  service.on(name_changed, (changed: string) => {
    current = changed;
    log.info(
      { event: 'announced_as', name: changed },
      `Another host announces the same name; this one is announced as ${changed}.`,
    );
  });
  try {
    await service.advertise();
  } catch (error) {
    await responder.shutdown();
    throw error;
  }
  return {
    get name() {
      return current;
    },
    close: () => responder.shutdown(),
  };
}

/** Of ciao's MDNSServer, which has no types for others. */
interface Server {
  handleMessage(name: string, message: Buffer, from: RemoteInfo, family: string): void;
  send(packet: unknown, to: string | { interface: string }): Promise<unknown>;
}

/**
 * ciao leaves alone what becomes of an answer that it cannot even begin to send, and a host ends with a promise that nobody looks after:
 * with a question from port 0, which anybody can ask, and with one for a network interface that is just going.
 */
function withstand(responder: Responder): void {
  const server = Reflect.get(responder, 'server') as Server;
  const handleMessage = server.handleMessage.bind(server);
  const send = server.send.bind(server);
  server.handleMessage = (name, message, from, family) => {
    if (from.port !== 0) handleMessage(name, message, from, family);
  };
  server.send = async (packet, to) => {
    try {
      return await send(packet, to);
    } catch (reason) {
      return { status: 'rejected', interface: typeof to === 'string' ? to : to.interface, reason };
    }
  };
}

/** Letters, digits and dashes, at most 63 (docs/gamestream.md, 1.1); the last 10 are left for what is added to it. */
export function instanceName(name: string): string {
  const clean = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 53)
    .replace(/^-+|-+$/g, '');
  return clean === '' ? 'punktfunk' : clean;
}
