import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { prepareDataDir, socketPath } from './config/paths.ts';
import { lockDataDir } from './data-lock.ts';
import { HostClient } from './management/client.ts';
import { startChild } from './test-children.ts';
import { eventually } from './test-eventually.ts';
import { folder } from './test-folder.ts';
import { freeBasePort } from './test-ports.ts';

/** A program that takes the lock and keeps it; resolves with the pid that has it, its own or another's. */
async function contender(t: Test, dir: string) {
  const script = `
    const { lockDataDir } = await import(${JSON.stringify(join(import.meta.dirname, 'data-lock.ts'))});
    const said = await lockDataDir(process.argv[1]).then(() => 'mine', (error) => error.code + ' ' + error.message);
    console.log(said);
    if (said === 'mine') setInterval(() => {}, 1000);`;
  const child = startChild([process.execPath, '--input-type=module', '-e', script, dir], { owner: t });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, line };
}

t.test('of many at once one gets the directory, and the others are told which', async (t) => {
  const dir = folder(t);
  for (let round = 0; round < 3; round++) {
    const all = await Promise.all(Array.from({ length: 8 }, () => contender(t, dir)));
    const [winner, ...more] = all.filter(({ line }) => line === 'mine');
    t.equal(more.length, 0, 'not two');
    const refusals = all.filter(({ line }) => line !== 'mine').map(({ line }) => line);
    t.same(
      refusals,
      Array(7).fill(
        `ALREADY_RUNNING A host already runs with the data directory ${dir} (process ${winner?.child.pid}).`,
      ),
    );
    // The next round begins as after a crash.
    winner?.child.kill('SIGKILL');
    if (winner) await once(winner.child, 'exit');
  }
});

t.test('the lock is held until it is released, also against this process', async (t) => {
  const dir = folder(t);
  const lock = await lockDataDir(dir);
  await t.rejects(lockDataDir(dir), { code: 'ALREADY_RUNNING', message: new RegExp(`process ${process.pid}`) });
  lock.release();
  (await lockDataDir(dir)).release();
  t.equal(statSync(join(dir, 'host.lock')).mode & 0o777, 0o600);
});

t.test('who took it last and is gone is not who has it', async (t) => {
  const dir = folder(t);
  const { child: gone } = await contender(t, dir);
  gone.kill('SIGKILL');
  await once(gone, 'exit');
  const { child: holder } = await contender(t, dir);
  writeFileSync(join(dir, 'host.lock'), `${gone.pid}\n`); // it has not written its own number yet
  const refused = lockDataDir(dir);
  refused.catch(() => {});
  writeFileSync(join(dir, 'host.lock'), `${holder.pid}\n`);
  await t.rejects(refused, { code: 'ALREADY_RUNNING', message: new RegExp(`process ${holder.pid}`) });
});

t.test('what cannot be locked is said', async (t) => {
  const dir = folder(t);
  const { PATH } = process.env;
  process.env.PATH = '/nonexistent';
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  await t.rejects(lockDataDir(dir), {
    code: 'DATA_DIR_UNLOCKABLE',
    message: /flock is not installed/,
    cure: /util-linux/,
  });
  process.env.PATH = PATH;
  await t.rejects(lockDataDir(join(dir, 'missing')), { code: 'DATA_NOT_WRITTEN' });
});

t.test('hosts that are started together: one runs, with the identity that is in the file', async (t) => {
  const dir = folder(t);
  const hosts = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const port = await freeBasePort();
      const alone = ['--display', 'synthetic', '--discovery', 'false', '--bind', '127.0.0.1'];
      const words = ['serve', ...alone, '--data-dir', dir, '--base-port', String(port)];
      const child = startChild([process.execPath, join(import.meta.dirname, 'main.ts'), ...words], { owner: t });
      const ready = once(createInterface({ input: child.stdout }), 'line').then(() => undefined);
      const ended = once(child, 'exit').then(([code]) => Number(code));
      return { port, child, code: await Promise.race([ready, ended]) };
    }),
  );
  const [running, ...more] = hosts.filter(({ code }) => code === undefined);
  t.equal(more.length, 0, 'not two');
  t.same(
    hosts.filter(({ code }) => code !== undefined).map(({ code }) => code),
    [3, 3, 3],
  );
  // Those that were refused took nothing from the one that runs.
  const socket = socketPath(dir);
  await eventually('the socket of the one that runs', () => existsSync(socket));
  t.match(await new HostClient(dir).ask('GET', '/api/v1/status'), { pid: running?.child.pid });
  const info = (await fetchText(`http://127.0.0.1:${running?.port}/serverinfo`)).match(/<uniqueid>(.*)<\/uniqueid>/);
  const { unique_id } = JSON.parse(readFileSync(join(dir, 'identity.json'), 'utf8')) as { unique_id: string };
  t.equal(info?.[1], unique_id);
});

async function fetchText(url: string): Promise<string> {
  const { request } = await import('undici');
  return (await request(url)).body.text();
}

t.test('a data directory in other hands is refused', async (t) => {
  const dir = join(folder(t), 'data');
  mkdirSync(dir, { mode: 0o700 });
  for (const name of ['config.json', 'clients.json', 'identity.json'])
    writeFileSync(join(dir, name), '{}', { mode: 0o600 });
  t.doesNotThrow(() => prepareDataDir(dir));
  for (const [name, mode, message, cure] of [
    ['', 0o777, /can be changed by other users/, /chmod go-w /],
    ['', 0o702, /can be changed by other users/, /chmod go-w /],
    ['config.json', 0o606, /config\.json can be changed/, /chmod go-w .*config\.json/],
    ['clients.json', 0o602, /clients\.json can be changed/, /chmod go-w/],
    ['identity.json', 0o644, /identity\.json can be read/, /chmod go-rwx/],
    ['identity.json', 0o604, /identity\.json can be read/, /chmod go-rwx/],
  ] as const) {
    const path = join(dir, name);
    const { mode: before } = statSync(path);
    chmodSync(path, mode);
    t.throws(
      () => prepareDataDir(dir),
      { code: 'DATA_EXPOSED', message, cure },
      `${name || 'the directory'} ${mode.toString(8)}`,
    );
    t.equal(statSync(path).mode & 0o777, mode, 'and left as it is');
    chmodSync(path, before & 0o777);
  }
  chmodSync(dir, 0o755);
  chmodSync(join(dir, 'config.json'), 0o644);
  t.doesNotThrow(() => prepareDataDir(dir), 'what others can only read of the rest is nothing secret');
  if (process.getgid?.() === process.getuid?.()) {
    chmodSync(join(dir, 'config.json'), 0o664);
    t.doesNotThrow(() => prepareDataDir(dir), 'a group of one’s own is nobody else');
  } else t.comment('this user has no group of its own number');
});

t.test('without descriptors for the program that locks, the reason is told', async (t) => {
  const script = `
    const { closeSync, openSync } = await import('node:fs');
    const { lockDataDir } = await import(${JSON.stringify(join(import.meta.dirname, 'data-lock.ts'))});
    const { spawnSync } = await import('node:child_process');
    spawnSync('true'); // what that needs is loaded
    const open = [];
    try {
      for (;;) open.push(openSync('/dev/null'));
    } catch {}
    for (const file of open.slice(-2)) closeSync(file);
    const said = await lockDataDir(process.argv[1]).then(() => 'mine', (error) => error.code + ' ' + error.message);
    for (const file of open.slice(0, -2)) closeSync(file);
    console.log(said);`;
  const limited = ['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'];
  const child = startChild([...limited, process.execPath, '--input-type=module', '-e', script, folder(t)], {
    owner: t,
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  t.match(line, /^DATA_DIR_UNLOCKABLE .*EMFILE|^DATA_DIR_UNLOCKABLE .*too many/i);
});
