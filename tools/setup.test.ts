// The set-up, on a machine of paper: what it installs, what it takes for done, what it says when something fails.

import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { PaperMachine, packagesOf } from './paper-machine.ts';

const setup = 'tools/setup.sh';
const installs = (calls: string[]) =>
  calls.filter((call) => / install /.test(call) && call.startsWith('apt-get') && !call.includes('--assume-no'));

t.test('a first set-up whose network fails repairs itself at the next', async (t) => {
  const machine = new PaperMachine(t).state({ offline: '' });
  const first = await machine.run(setup);
  t.equal(first.code, 1);
  t.match(first.err, /lists of packages could not be fetched\.\nThe network did not answer/);
  t.same(installs(machine.calls()), [], 'names that no list has are never given to apt-get');
  t.same(machine.stamps(), []);

  const second = await machine.state({ offline: null }).run(setup);
  t.equal(second.code, 0, second.err);
  const calls = machine.calls();
  for (const name of packagesOf('run', 'build')) t.match(installs(calls)[0], ` ${name} `);
  t.ok(calls.some((call) => call.startsWith('npm ci')));
  t.same(machine.stamps(), ['console', 'console-packages', 'native', 'npm', 'system']);

  const third = await machine.state({ offline: '' }).run(setup);
  t.same([third.code, third.out, third.err], [0, '', ''], 'a later one needs no network');
  t.same(machine.calls(), []);
});

t.test('the network fails between the steps', async (t) => {
  const machine = new PaperMachine(t);
  await machine.run(setup);
  machine.calls();
  machine.state({ installed: '', offline: '' });
  const { code, err } = await machine.run(setup);
  t.equal(code, 1);
  t.match(err, /apt-get could not install.*The network did not answer/s, 'lists of before, packages not');
  machine.state({ installed: [...packagesOf('run', 'build'), 'npm'].map((name) => `${name}, \n`).join('') });
  await machine.write('package-lock.json', '{}').run(setup);
  const npm = await machine.run(setup);
  t.match(npm.err, /npm could not install.*The network did not answer/s);
  t.equal(machine.stamps().includes('npm'), false);
  t.equal((await machine.state({ offline: null }).run(setup)).code, 0);
});

t.test('lists that have one part of the packages', async (t) => {
  const machine = new PaperMachine(t).state({ offline: '', lists: 'cmake\n' });
  const { code, err } = await machine.run(setup);
  t.equal(code, 1);
  t.match(err, /could not be fetched, and the old ones do not have: .*g\+\+/);
  t.same(installs(machine.calls()), []);
  machine.state({ offline: null, 'one-source-fails': '' });
  t.equal((await machine.run(setup)).code, 0, 'a broken source of something else is no obstacle');
});

t.test('what another name provides is there', async (t) => {
  const all = [...packagesOf('run', 'build'), 'npm'].filter((name) => name !== 'sway');
  const machine = new PaperMachine(t).state({
    installed: [...all.map((name) => `${name}, \n`), 'sway-next, sway (= 2.0), x-wayland\n'].join(''),
  });
  t.equal((await machine.run(setup)).code, 0);
  t.same(
    machine.calls().filter((call) => call.startsWith('apt-get')),
    [],
  );
});

t.test('what a release does not have', async (t) => {
  const machine = new PaperMachine(t);
  const without = (name: string) =>
    packagesOf('run', 'build', 'bench', 'dev', 'all')
      .filter((one) => one !== name)
      .join('\n');
  machine.state({ mirror: without('sway') });
  const vital = await machine.run(setup);
  t.equal(vital.code, 1);
  t.match(vital.err, /do not have: sway\n.*universe/);
  t.same(installs(machine.calls()), []);

  machine.state({ mirror: without('makepkg') });
  const { code, out } = await machine.run(setup, 'all');
  t.equal(code, 0);
  t.match(out, /not in this release, and done without: makepkg/);
  machine.calls();
  t.equal((await machine.run(setup, 'all')).code, 0);
  t.same(machine.calls(), [], 'not asked for again');
  machine.state({ mirror: `${without('')}\n` });
  await machine.release('13').run(setup, 'all');
  t.match(installs(machine.calls()), [/ makepkg /], 'asked for again on another release');
});

t.test('without sudo: what root has to type', async (t) => {
  const machine = new PaperMachine(t).lacks('sudo').state({ uid: '1000' });
  const bare = await machine.run(setup);
  t.equal(bare.code, 1);
  t.match(bare.err, /there is no sudo/);
  t.match(bare.err, /^ {2}apt-get update && apt-get install --no-install-recommends .*sway.*g\+\+.*$/m);
  machine.state({ lists: 'g++\nsway\n' });
  t.match(
    (await machine.run(setup)).err,
    /--no-install-recommends g\+\+ sway\n|--no-install-recommends sway g\+\+\n/,
    'no name that would fail',
  );
  t.same(
    machine.calls().filter((call) => !call.includes('--assume-no')),
    [],
  );
  machine.state({ installed: [...packagesOf('run', 'build')].map((name) => `${name}, \n`).join('') });
  t.equal((await machine.run(setup)).code, 0, 'what root did is seen');
});

t.test('sudo refuses', async (t) => {
  const { code, err } = await new PaperMachine(t).state({ uid: '1000', 'sudo-refuses': '' }).run(setup);
  t.equal(code, 1);
  t.match(err, /a password is required\n.*sudo did not let this user/);
  t.notMatch(err, /network/);
});

t.test('success is what is there afterwards', async (t) => {
  const machine = new PaperMachine(t).state({ 'installs-nothing': '' });
  t.match(await machine.run(setup), { code: 1, err: /still missing: .*g\+\+/ });
  machine.state({ 'installs-nothing': null, 'npm-commands': '' });
  t.match(await machine.run(setup), { code: 1, err: /missing in node_modules: .bin\/cmake-js/ });
  machine.state({ 'npm-commands': 'cmake-js tap' });
  t.equal((await machine.run(setup)).code, 0);
  machine.state({ 'npm-brings-dev': 'tap' });
  t.match(await machine.run(setup, 'dev'), { code: 1, err: /missing in node_modules: .*typescript/ });
  t.equal(machine.stamps().includes('npm'), false);
});

t.test('what a failure is blamed on', async (t) => {
  const machine = new PaperMachine(t).state({ 'npm-closed': '' });
  const { err } = await machine.run(setup);
  t.match(err, /closed to this user/);
  t.notMatch(err, /network/);
  machine.state({ 'npm-closed': null, 'does-not-compile': '' });
  t.match(await machine.run(setup), { code: 1, err: /it does not compile\n+punktfunk: the native build failed/ });
});

t.test('settings of npm and Node change nothing', async (t) => {
  const machine = new PaperMachine(t).variables({
    NODE_ENV: 'production',
    npm_config_omit: 'optional',
    NODE_OPTIONS: '--require /gone.js',
    NODE_EXTRA_CA_CERTS: '/the/proxy.pem',
  });
  t.equal((await machine.run(setup)).code, 0);
  const [npm = '', ...others] = machine.calls().filter((call) => call.startsWith('npm'));
  for (const word of [
    '--omit=dev',
    '--include=optional',
    '--no-engine-strict',
    '--bin-links',
    '--ignore-scripts',
    '--install-strategy=hoisted',
  ])
    t.match(npm, ` ${word} `);
  t.match(npm, /NODE_ENV= /);
  t.equal(others.length, 1, 'the console has packages of its own');
  for (const call of [npm, ...others])
    t.match(call, /certificates=\/the\/proxy\.pem $/, 'but the certificates of a network are believed');
});

t.test('each goal has what it needs, and takes nothing away', async (t) => {
  const machine = new PaperMachine(t);
  const npmOf = async (goal: string) => {
    t.equal((await machine.run(setup, goal)).code, 0);
    const calls = machine.calls();
    return {
      npm: calls.filter((call) => call.startsWith('npm')).map((call) => call.split(' ').slice(1, 3).join(' ')),
      apt: installs(calls),
    };
  };
  const run = await npmOf('run');
  t.same(run.npm, ['ci --omit=dev', 'ci --omit=dev']);
  t.notMatch(run.apt[0], /qemu|doctest|clang/);
  const bench = await npmOf('bench');
  t.same(bench.npm, []);
  t.match(bench.apt, [/recommends libisal-dev $/]);
  const dev = await npmOf('dev');
  t.same(dev.npm, ['install --include=dev', 'ci --include=dev'], 'in place: a host may run from it');
  t.notMatch(dev.apt[0], /qemu|buildah|mmdebstrap|libisal/);
  t.same(await npmOf('run'), { npm: [], apt: [] });
  t.match((await npmOf('all')).apt, [/qemu.*/]);
  machine.write('package-lock.json', '{ "name": "another" }');
  t.same((await npmOf('run')).npm, ['ci --include=dev'], "a developer's packages stay");
  t.match(await machine.run(setup, 'test'), { code: 1, err: /no goal "test".*run, bench, dev, all/ });
});

t.test('the plan comes before the first step', async (t) => {
  const machine = new PaperMachine(t);
  const bare = await machine.run(setup);
  t.match(
    bare.out,
    /^Setting up, about \d+ minutes.*\n {2}system packages .* up to \d+ MB down, \d+ MB on disk\n {2}npm packages .* MB down.*\n {2}console .* MB down.*\n {2}build .* processors.*\n/,
  );
  t.match(
    bare.out,
    /system packages: downloading 50 %\n {2}system packages: installing 100 %\n {2}npm packages: 1\/\d+\n {2}npm packages: 1\/\d+\n {2}build: 1\/140\n {2}build: 140\/140\n/,
  );
  const all = await new PaperMachine(t).run(setup, 'all');
  t.same(
    `${bare.out}${all.out}`.split('\n').filter((line) => line.length > 80),
    [],
    'fits a terminal',
  );
  machine.state({ installed: '' });
  t.match((await machine.run(setup)).out, /with what they need: 184 MB down, 727 MB on disk\n/, 'as apt reckons');
  machine.write('native/A.cpp', 'changed');
  t.notMatch((await machine.run(setup)).out, /Setting up/, 'a changed source alone is no plan');
});

t.test('the native build knows its sources, its system and its place', async (t) => {
  const machine = new PaperMachine(t);
  const builds = async (locale = 'C') => {
    const { code, err } = await machine.variables({ LC_ALL: locale }).run(setup);
    t.equal(code, 0, err);
    return machine.calls().filter((call) => call.startsWith('cmake-js')).length;
  };
  t.equal(await builds(), 1);
  t.equal(await builds(), 0);
  for (const locale of ['en_US.UTF-8', 'C.UTF-8', 'tr_TR.UTF-8']) t.equal(await builds(locale), 0, locale);
  machine.write('native/b.cpp', 'changed');
  t.equal(await builds(), 1);

  const other = () =>
    machine
      .write('build/test/CMakeCache.txt', `CMAKE_HOME_DIRECTORY:INTERNAL=${machine.root}\n`)
      .write('build/packages/x.deb', '');
  other().write('build/native/old', '').release('13');
  t.equal(await builds(), 1, 'another release');
  t.same(
    ['build/native/old', 'build/test', 'build/packages/x.deb'].map((path) => machine.has(path)),
    [false, false, true],
  );

  other().write('build/native/old', '').state({ unlinked: '' });
  t.equal(await builds(), 1, 'a library went');
  t.equal(machine.has('build/native/old'), false);

  other().write('build/native/old', '');
  rmSync(join(machine.root, 'build/native/bin'), { recursive: true });
  t.equal(await builds(), 1, 'something was not built, or is gone');
  t.same(
    ['build/native/old', 'build/test'].map((path) => machine.has(path)),
    [true, true],
  );

  other()
    .write('build/native/CMakeCache.txt', 'CMAKE_HOME_DIRECTORY:INTERNAL=/where/it/was\n')
    .write('build/native/old', '');
  machine.write('native/b.cpp', 'changed again');
  t.equal(await builds(), 1, 'a moved checkout');
  t.same(
    ['build/native/old', 'build/test'].map((path) => machine.has(path)),
    [false, true],
  );

  machine.write('native/b.cpp', 'and again').state({ 'builds-what-does-not-link': '' });
  t.match(await machine.run(setup), {
    code: 1,
    err: /reported no error, but cannot be loaded:\n.*libopenh264\.so\.7 => not found/,
  });
  t.equal(machine.stamps().includes('native'), false);
});

t.test('the console knows its sources', async (t) => {
  const machine = new PaperMachine(t);
  const calls = async (goal = 'run') => {
    t.equal((await machine.run(setup, goal)).code, 0);
    return machine.calls().filter((call) => /^(console|npm ci .*--include=optional (?!--include=peer))/.test(call))
      .length;
  };
  t.equal(await calls(), 2);
  t.equal(await calls(), 0);
  machine.write('src/console/words.ts', 'changed');
  t.equal(await calls(), 1, 'its packages are there');
  machine.write('src/console/words.test.ts', 'changed');
  t.equal(await calls(), 0, 'a test is not in it');
  rmSync(join(machine.root, 'src/console/node_modules'), { recursive: true });
  t.equal(await calls(), 0, 'what is built needs no packages');
  t.equal(await calls('dev'), 1, 'but its type checker does');
  rmSync(join(machine.root, 'build/console'), { recursive: true });
  t.equal(await calls(), 1, 'it went');
  machine.write('src/console/words.ts', 'changed again').state({ 'console-does-not-build': '' });
  t.match(await machine.run(setup), { code: 1, err: /no such module\n+punktfunk: the console could not be built/ });
  t.equal(machine.stamps().includes('console'), false);
});

t.test(
  'files of another user are named before the first step',
  { skip: process.getuid?.() === 0 ? 'root may write everything' : false },
  async (t) => {
    const machine = new PaperMachine(t).state({ uid: '1000' }).write('build/native/lib/x', '');
    const folder = join(machine.root, 'build/native/lib');
    chmodSync(folder, 0o555);
    t.teardown(() => chmodSync(folder, 0o755));
    const { code, err } = await machine.run(setup);
    t.equal(code, 1);
    t.match(err, /check out\/build\/native\/lib' belongs to .*\n {2}sudo chown -R ann '.*check out'\n/);
    t.same(
      machine.calls().filter((call) => !call.includes('--assume-no')),
      [],
    );
  },
);

t.test("what root makes in a user's checkout is the user's", async (t) => {
  const machine = new PaperMachine(t).state({ owner: '1000', offline: '' });
  const chowns = () => machine.calls().filter((call) => call.startsWith('chown'));
  t.equal((await machine.run(setup)).code, 1);
  t.same(chowns(), ['chown -R 1000:7 build '], 'also when it fails');
  t.equal((await machine.state({ offline: null }).run(setup)).code, 0);
  t.same(
    chowns(),
    ['build', 'node_modules', 'src/console/node_modules'].map((folder) => `chown -R 1000:7 ${folder} `),
  );
  machine.state({ owner: '0' }).write('native/b.cpp', 'changed');
  t.equal((await machine.run(setup)).code, 0);
  t.same(chowns(), [], "root's own stays root's");
});
