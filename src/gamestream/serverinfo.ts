// /serverinfo: who this host is and what it is doing (docs/gamestream.md, 2). Answered from memory; clients ask every 3 s.

import { networkInterfaces } from 'node:os';
import { element, xmlReply } from './xml.ts';

/** Clients choose their whole dialect by these; `.-1` makes them use the open extensions (docs/gamestream.md, 0.2). */
const app_version = '7.1.431.-1';
const gfe_version = '3.23.0.74';

export interface ServerInfo {
  name: string;
  unique_id: string;
  http_port: number;
  https_port: number;
  /** Asked over HTTPS by a paired client. */
  paired: boolean;
  /** Address of this machine that the request came to. */
  local_address: string;
  /** What it can encode (docs/gamestream.md, 2.3). */
  codec_modes: number;
  /** The application that the asking client may resume or quit. 0: none, the host is free to it. */
  current_app: number;
}

export function serverInfo(info: ServerInfo): string {
  const is_ipv4 = /^\d+\.\d+\.\d+\.\d+$/.test(info.local_address);
  return xmlReply([
    element('hostname', info.name),
    element('appversion', app_version),
    element('GfeVersion', gfe_version),
    element('uniqueid', info.unique_id),
    element('HttpsPort', info.https_port),
    element('ExternalPort', info.http_port),
    element('MaxLumaPixelsHEVC', 0),
    // Only paired clients learn the hardware address; others get the value that clients ignore.
    element('mac', info.paired ? macOf(info.local_address) : no_mac),
    // Never an IPv6 address: it would overwrite the client's stored IPv4 one. Clients ignore 127.x.
    element('LocalIP', is_ipv4 ? info.local_address : '127.0.0.1'),
    element('ServerCodecModeSupport', info.codec_modes),
    element('PairStatus', info.paired ? 1 : 0),
    element('currentgame', info.current_app),
    element('state', info.current_app === 0 ? 'PUNKTFUNK_SERVER_FREE' : 'PUNKTFUNK_SERVER_BUSY'),
  ]);
}

const no_mac = '00:00:00:00:00:00';

/** Hardware address of the interface that has `address`; all zero when it has none. */
function macOf(address: string): string {
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find((candidate) => candidate.address === address);
    if (found) return found.mac;
  }
  return no_mac;
}
