// Asks the network for a GameStream host by its name, as a client would (RFC 6762, 5.4: a question that wants a unicast answer). So the
// host knows that it is found, instead of believing that it announced itself.

import { createSocket } from 'node:dgram';

const mdns_port = 5353;
const mdns_group = '224.0.0.251';
/** Between two questions; answers may be held back for a second (RFC 6762, 6). */
const ask_again_ms = 500;

/** A question for PTR records of _nvstream._tcp.local. */
function question(): Buffer {
  const labels = ['_nvstream', '_tcp', 'local'].flatMap((label) => [
    Buffer.from([label.length]),
    Buffer.from(label, 'ascii'),
  ]);
  const header = Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 12, 0x80, 1])]);
}

/** Resolves with whether an answer that holds `name` as an instance's comes to `address`, one of this machine's, within `deadline_ms`. */
export function isFound(name: string, address: string, deadline_ms: number): Promise<boolean> {
  const label = Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name)]);
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const finish = (found: boolean) => {
      clearTimeout(deadline);
      clearInterval(repeat);
      socket.removeAllListeners('message');
      socket.close();
      resolve(found);
    };
    const ask = () => socket.send(question(), mdns_port, mdns_group, () => {}); // no route is no answer
    const deadline = setTimeout(() => finish(false), deadline_ms);
    const repeat = setInterval(ask, ask_again_ms);
    socket.once('error', () => finish(false));
    socket.on('message', (message) => {
      if (message.includes(label)) finish(true);
    });
    socket.bind(0, address, () => {
      socket.setMulticastInterface(address);
      ask();
    });
  });
}
