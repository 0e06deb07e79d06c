// How the commands of a checkout are started, on a machine of paper: by whom, with which environment, from which place.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { PaperMachine } from './paper-machine.ts';

interface Started {
  words: string[];
  file: string;
  environment: Record<string, string>;
}

/** Set up, and what was asked for that forgotten. */
async function ready(...[t]: ConstructorParameters<typeof PaperMachine>): Promise<PaperMachine> {
  const machine = new PaperMachine(t);
  t.equal((await machine.run('tools/setup.sh')).code, 0);
  machine.write('package.json', '{}').write('harness/main.ts', machine.read('src/main.ts')).calls();
  return machine;
}

async function start(machine: PaperMachine, script: string, ...words: string[]): Promise<Started> {
  const { code, out, err } = await machine.run(script, ...words);
  if (code !== 0) throw new Error(`${script}: ${code}\n${err}`);
  return JSON.parse(out) as Started;
}

const launchers = ['tools/bin/punktfunk-host', 'tools/bin/punktfunk-harness'];

t.test("the runtime's own variables are not the user's", async (t) => {
  const machine = (await ready(t)).state({ uid: '1000' });
  machine.variables({
    NODE_OPTIONS: '--require /gone.js',
    NODE_EXTRA_CA_CERTS: '/x.pem',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  });
  machine.variables({ NODE_PATH: '/x', NODE_ENV: 'production', OPENSSL_CONF: '/x.cnf', TOKEN: 'his own' });
  for (const launcher of launchers) {
    const { environment, words } = await start(machine, launcher, 'status', 'two words');
    t.same(words, ['status', 'two words']);
    t.same(
      Object.keys(environment).filter((name) => /^(NODE|OPENSSL)_/.test(name)),
      ['NODE_COMPILE_CACHE'],
      launcher,
    );
    t.equal(environment.TOKEN, 'his own', 'an ordinary user keeps the rest');
  }
});

t.test('no HOME, no entry, no place for a cache', async (t) => {
  const machine = (await ready(t)).state({ uid: '1000' });
  const home = join(machine.root, '../state/home');
  for (const launcher of launchers) {
    for (const HOME of ['', 'relative']) {
      const { environment } = await start(machine.variables({ HOME }), launcher, '--version');
      t.equal(environment.HOME, home, 'that of the entry');
      t.equal(environment.NODE_COMPILE_CACHE, `${home}/.cache/punktfunk`);
    }
    machine.state({ 'no-passwd-entry': '' });
    const nobody = await start(machine.variables({ HOME: '' }), launcher, '--version');
    t.same([nobody.environment.HOME, nobody.environment.NODE_DISABLE_COMPILE_CACHE], [undefined, '1']);
    const closed = await start(machine.variables({ HOME: '/proc' }), launcher, '--version');
    t.same([closed.environment.NODE_COMPILE_CACHE, closed.environment.NODE_DISABLE_COMPILE_CACHE], [undefined, '1']);
    machine.state({ 'no-passwd-entry': null });
  }
});

t.test('what root hands to the user', async (t) => {
  const machine = await ready(t);
  machine.variables({
    GITHUB_TOKEN: 'secret',
    SSH_AUTH_SOCK: '/x',
    XDG_CONFIG_HOME: '/root/x',
    WAYLAND_DISPLAY: 'w',
    LD_PRELOAD: '',
  });
  machine.variables({
    LANG: 'de_DE.UTF-8',
    TZ: 'Europe/Berlin',
    TERM: 'a b "$(id)"',
    PUNKTFUNK_BASE_PORT: '50000',
    NO_COLOR: '1',
  });
  const { environment } = await start(machine, 'tools/bin/punktfunk-host', 'status');
  const expected = ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'MALLOC_ARENA_MAX', 'NODE_COMPILE_CACHE', 'NO_COLOR', 'PATH'];
  expected.push('PUNKTFUNK_BASE_PORT', 'PUNKTFUNK_DATA_DIR', 'PWD', 'SHELL', 'TERM', 'TZ', 'USER');
  t.same(Object.keys(environment).sort(), expected.sort());
  const home = join(machine.root, '../state/home');
  t.match(environment, { HOME: home, USER: 'punktfunk', PUNKTFUNK_DATA_DIR: home, TERM: 'a b "$(id)"' });
  t.match(environment.SHELL, /\/(bash|sh)$/, 'a shell that a terminal can run');
  t.match(machine.calls().join('\n'), /useradd .*punktfunk[\s\S]*setpriv --reuid=990 --regid=990 --init-groups --/);

  machine.variables({ SUDO_UID: '1234', SUDO_USER: 'x' });
  const { out } = await machine.run('tools/as-user.sh', 'env');
  t.match(out, /^USER=ann$/m, 'the user who called sudo');
  t.notMatch(out, /SUDO_|secret|PUNKTFUNK_DATA_DIR/);
});

t.test('root who may not become another user is told so', async (t) => {
  const machine = (await ready(t)).state({ 'no-setuid': '' });
  for (const script of ['tools/bin/punktfunk-host', 'tools/as-user.sh']) {
    const { code, err } = await machine.run(script, 'status');
    t.equal(code, 1);
    t.match(err, /^punktfunk: root may not become user punktfunk here .*setuid.*ordinary user\.\n$/);
  }
});

t.test('a question to the program changes nothing', async (t) => {
  const machine = await ready(t);
  for (const words of [[], ['--help'], ['serve', '--help'], ['--version'], ['help', 'serve'], ['pair', '-h']]) {
    const { environment } = await start(machine, 'tools/bin/punktfunk-host', ...words);
    t.equal(environment.PUNKTFUNK_DATA_DIR, '/var/lib/punktfunk');
  }
  t.same(machine.calls(), [], 'no user is made');
});

t.test('a checkout that is closed to the user', async (t) => {
  const machine = (await ready(t)).state({ 'checkout-is-closed': '' });
  // What would be installed, by a payload of paper.
  machine.write(
    'packaging/payload.ts',
    `import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
     const [, , , to] = process.argv;
     mkdirSync(to + '/usr/lib/punktfunk', { recursive: true });
     cpSync('src', to + '/usr/lib/punktfunk/src', { recursive: true });
     mkdirSync(to + '/usr/lib/punktfunk/build/libexec/punktfunk', { recursive: true });
     writeFileSync(to + '/usr/lib/punktfunk/build/libexec/punktfunk/engine', '#!/bin/sh\\nRUNTIME=engine exec ${process.execPath} "$@"', { mode: 0o755 });
     writeFileSync(to + '/usr/lib/punktfunk/install-kind', 'deb');`,
  );
  const cache = join(machine.root, '../cache');
  for (const words of [['serve'], ['status', '--json'], ['doctor', '--help']]) {
    const { file, environment } = await start(machine, 'tools/bin/punktfunk-host', ...words);
    if (words.includes('--help')) continue;
    t.ok(file.startsWith(`${cache}/checkout-`), file);
    t.equal(environment.RUNTIME, 'engine', 'the runtime of the copy: that of the checkout is closed too');
    t.notMatch(Object.keys(environment), /PUNKTFUNK_SHOWN/);
  }
  t.notMatch(machine.calls().join('\n'), /unshare/, 'needs no right to mount');

  const place = (await start(machine, 'tools/bin/punktfunk-host', 'status')).file.replace(/\/src\/main\.ts$/, '');
  writeFileSync(join(place, 'kept'), '');
  const { out } = await machine.run('tools/as-user.sh', 'ls', place, `${place}/tools/bin`).catch((error) => error);
  t.equal(out, '', 'other commands need the checkout itself');
  await start(machine, 'tools/bin/punktfunk-host', 'status');
  const ls = async () =>
    (await machine.state({ 'checkout-is-closed': null }).run('tools/as-user.sh', 'ls', place, `${place}/tools/bin`))
      .out;
  t.match(
    await ls(),
    /kept\nsrc\ntools\n[\s\S]*punktfunk-host/,
    'no package; its commands are those of the checkout; made once',
  );
  machine.state({ 'checkout-is-closed': '' }).write('src/new.ts', '');
  await start(machine, 'tools/bin/punktfunk-host', 'status');
  const after = await ls();
  t.notMatch(after, /kept/, 'made anew when the checkout changed');

  machine.state({ 'checkout-is-closed': '' }).calls();
  const other = await machine.run('tools/as-user.sh', 'true');
  t.equal(other.code, 1);
  t.match(
    other.err,
    /^punktfunk: the checkout in .* is closed to ordinary users, .*\/opt\/punktfunk\.\n$/,
    'our words are the last, and the only ones',
  );

  machine.write('packaging/payload.ts', 'process.exit(1)').write('src/new.ts', 'again');
  t.match(await machine.run('tools/bin/punktfunk-host', 'serve'), {
    code: 1,
    err: /closed to user punktfunk.*Move it/,
  });
});

t.test('before the set-up', async (t) => {
  const machine = new PaperMachine(t);
  mkdirSync(join(machine.root, 'build'));
  for (const launcher of launchers) {
    t.match(await machine.run(launcher, '--version'), {
      code: 1,
      err: /not set up yet\. Run: sh '.*check out\/tools\/setup\.sh'\n/,
    });
  }
  t.match(await machine.run('tools/check.sh'), {
    code: 1,
    err: /linters are not set up yet\. Run: npm run setup dev\n/,
  });
  t.match(await machine.run('tools/format-native.sh'), {
    code: 1,
    err: /linters are not set up yet\. Run: npm run setup dev\n/,
  });
});

t.test('set-up and tests say what they do, and do nothing', async (t) => {
  const machine = new PaperMachine(t);
  for (const script of ['tools/setup.sh', 'tools/test.sh', 'tools/bench.sh', 'tools/image.sh'])
    for (const word of ['--help', '-h']) {
      const { code, out, err } = await machine.run(script, word);
      t.same([code, err], [0, ''], `${script} ${word}`);
      t.match(out, /npm (run|test|start)/);
      t.same(
        out.split('\n').filter((line) => line.length > 80),
        [],
        'fits a terminal',
      );
    }
  t.same([machine.calls(), machine.stamps()], [[], []]);
});

t.test('a debugger finds the engine by the name that the engine gives itself', async (t) => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');
  const [, title] = /^process\.title = '([\w-]+)';$/m.exec(read('src/engine/main.ts')) ?? [];
  t.match(read('CONTRIBUTING.md'), `gdb -p "$(pgrep -n -f ${title})"`);
});

t.test('the benchmark answers before it sets anything up', async (t) => {
  const machine = new PaperMachine(t);
  for (const words of [['--help'], ['-h'], ['fec', '--help'], ['pipeline', '-h']]) {
    const { code, out, err } = await machine.run('tools/bench.sh', ...words);
    t.same([code, err], [0, '']);
    t.match(out, /fec:[\s\S]*--quick[\s\S]*pipeline:[\s\S]*--seconds/);
    t.same(
      out.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
  t.match(await machine.run('tools/bench.sh', '--json'), {
    code: 1,
    err: /--json is an option of one benchmark: npm run bench -- fec --json/,
  });
  t.match(await machine.run('tools/bench.sh', 'nonsense'), {
    code: 1,
    err: /no benchmark "nonsense": fec, pipeline, picture, launch, sound/,
  });
  machine.state({ 'checkout-is-closed': '' });
  t.match(await machine.run('tools/bench.sh'), { code: 1, err: /closed to ordinary users.*Move it/ });
  t.same(
    machine.calls().filter((call) => /^(apt-get|npm)/.test(call)),
    [],
  );
});
