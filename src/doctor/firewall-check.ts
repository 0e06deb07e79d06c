// Whether a firewall is in the way, as far as an ordinary user sees: that firewalld or ufw is on anybody may know, what they let in is
// told to root alone.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { package_root } from '../installation.ts';
import { default_base_port, type Ports, streamPortRange } from '../ports.ts';
import { type Check, note } from './check.ts';

/** What packages bring for both opens the default ports. */
const profile = join('ufw', 'punktfunk');

/** `root`: of the file system; `installed`: of the package, which a checkout is none of. */
export function checkFirewall(ports: Ports, root = '/', installed = package_root): Check {
  const { first, last } = streamPortRange(ports);
  const streams = `UDP ${first} to ${last}`;
  const needed = `clients need TCP ${ports.https}, ${ports.http}, ${ports.rtsp} and ${streams}, and UDP 5353 to find the host; browsers TCP ${ports.console}`;
  const has_profile = ports.http === default_base_port && existsSync(join(installed, profile));
  if (ufwIsOn(root)) {
    const open = has_profile ? byProfile(installed) : byPorts(ports);
    if (ufwLetsIn(root)) return note('firewall', `ufw is on, with a rule for punktfunk: ${needed}`, '');
    return note('firewall', `ufw is on, and closes what nobody opened: ${needed}`, `if that was not done yet: ${open}`);
  }
  const firewalld = ['run/firewalld', 'run/firewalld.pid'].some((path) => existsSync(join(root, path)));
  const cure =
    'if they are closed: sudo firewall-cmd --permanent --add-service=punktfunk && sudo firewall-cmd --reload';
  return note('firewall', needed, firewalld && has_profile ? cure : '');
}

/** As its own start-up reads it (/lib/ufw/ufw-init-functions). */
const ufwIsOn = (root: string): boolean => /^\s*ENABLED=["']?yes\b/im.test(read(join(root, 'etc/ufw/ufw.conf')));

/** A rule made of our profile; root alone may read it. */
const ufwLetsIn = (root: string): boolean =>
  /^### tuple ### allow .* punktfunk - in/m.test(read(join(root, 'etc/ufw/user.rules')));

const byProfile = (installed: string): string =>
  `sudo cp ${join(installed, profile)} /etc/ufw/applications.d/ && sudo ufw allow punktfunk`;

function byPorts(ports: Ports): string {
  const { first, last } = streamPortRange(ports);
  const tcp = [ports.https, ports.http, ports.console, ports.rtsp].join(',');
  return `sudo ufw allow ${tcp}/tcp && sudo ufw allow ${first}:${last},5353/udp`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
