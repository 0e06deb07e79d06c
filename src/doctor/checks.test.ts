import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { lockDataDir } from '../data-lock.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { freeBasePort } from '../test-ports.ts';
import { checkHost } from './checks.ts';

t.test('a port that is taken is another program’s only while no host has the data directory', async (t) => {
  const data_dir = folder(t);
  const base_port = await freeBasePort();
  const config = { data_dir, base_port, bind: '127.0.0.1' };
  t.match(await checkHost(config), { name: 'ports', state: 'ok' });

  const server = createServer().listen(base_port, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  t.match(await checkHost(config), {
    name: 'ports',
    state: 'missing',
    detail: `taken by another program: TCP ${base_port}`,
  });

  const lock = await lockDataDir(data_dir);
  t.match(await checkHost(config), {
    name: 'host',
    state: 'note',
    detail: `process ${process.pid} has the data directory`,
  });
  t.match(await checkHost(config, 42), { name: 'host', state: 'ok', detail: 'running, process 42' });

  lock.release(); // its number stays in the file
  t.match(await checkHost(config), { name: 'ports', state: 'missing' });
});
