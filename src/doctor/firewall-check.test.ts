import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { default_base_port, portsOf } from '../ports.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { checkFirewall } from './firewall-check.ts';

const ports = portsOf(default_base_port);
/** As a package installs it. */
const installed = resolve(import.meta.dirname, '../../packaging/linux/all/usr/lib/punktfunk');

function machine(t: Test, files: Readonly<Record<string, string>>): string {
  const root = folder(t);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const ufw_on = { 'etc/ufw/ufw.conf': '# Set to yes to start on boot.\nENABLED=yes\nLOGLEVEL=low\n' };

t.test('no firewall that is known: the ports, and nothing to do', async (t) => {
  const off = { 'etc/ufw/ufw.conf': '# ENABLED=yes\nENABLED=no\n' };
  for (const files of [{}, off]) {
    const { detail, cure } = checkFirewall(ports, machine(t, files), installed);
    t.match(detail, /^clients need TCP 47984, 47989, 48010 and UDP 47998 to 48009, .*; browsers TCP 47990$/);
    t.equal(cure, '');
  }
});

t.test('ufw that is on is told, with what opens it', async (t) => {
  const root = machine(t, ufw_on);
  const packaged = checkFirewall(ports, root, installed);
  t.match(packaged.detail, /^ufw is on, and closes what nobody opened: clients need/);
  t.match(packaged.cure, `sudo cp ${installed}/ufw/punktfunk /etc/ufw/applications.d/ && sudo ufw allow punktfunk`);
  const by_hand = 'sudo ufw allow 47984,47989,47990,48010/tcp && sudo ufw allow 47998:48009,5353/udp';
  t.match(checkFirewall(ports, root, '/a/checkout').cure, by_hand, 'a checkout has no profile');
  t.match(checkFirewall(portsOf(50_000), root, installed).cure, /49995,50000,50001,50021/, 'nor other ports');
});

t.test('ufw with our rule, where it can be read', async (t) => {
  const rule = '### tuple ### allow any 47984 0.0.0.0/0 any 0.0.0.0/0 punktfunk - in\n';
  const check = checkFirewall(ports, machine(t, { ...ufw_on, 'etc/ufw/user.rules': rule }), installed);
  t.match(check, { detail: /^ufw is on, with a rule for punktfunk/, cure: '' });
  const refused = { ...ufw_on, 'etc/ufw/user.rules': rule.replace('allow', 'deny') };
  t.not(checkFirewall(ports, machine(t, refused), installed).cure, '');
});

t.test('firewalld', async (t) => {
  const root = machine(t, { 'run/firewalld/x': '' });
  t.match(checkFirewall(ports, root, installed).cure, /firewall-cmd --permanent --add-service=punktfunk/);
  t.equal(checkFirewall(ports, root, '/a/checkout').cure, '', 'there is no such service');
});
