import { join, resolve } from 'node:path';
import t from 'tap';
import '../test-limit.ts';
import { host_command } from '../installation.ts';
import { defaultDataDir, hostCommand } from './paths.ts';

t.test('a command to a host names its data directory where that is not the one of this user', async (t) => {
  const own = resolve(defaultDataDir(process.env));
  t.equal(hostCommand(own, 'pair PIN'), `${host_command} pair PIN`);
  t.equal(hostCommand('/srv/other', 'pair PIN'), `${host_command} pair PIN --data-dir /srv/other`);
  t.equal(hostCommand('/srv/my data', 'status'), `${host_command} status --data-dir '/srv/my data'`);
  t.equal(hostCommand(join(own, 'x'), 'status'), `${host_command} status --data-dir ${join(own, 'x')}`);
});
