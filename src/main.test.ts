import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { package_root } from './installation.ts';
import { TestApi } from './test-api.ts';
import { type Outcome, runChild, startChild } from './test-children.ts';
import { folder } from './test-folder.ts';
import { freeBasePort } from './test-ports.ts';

const main = join(import.meta.dirname, 'main.ts');

/** A `serve` that should be refused and is not is a host on loopback that nobody hears of, until the test ends it. */
function run(parameters: string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return runChild([process.execPath, main, ...parameters], {
    environment: {
      ...process.env,
      XDG_DATA_HOME: '/nonexistent/data',
      PUNKTFUNK_BIND: '127.0.0.1',
      PUNKTFUNK_DISCOVERY: 'false',
      ...environment,
    },
  });
}

const freePort = async (): Promise<string> => String(await freeBasePort());

/** `serve` with a test picture; `line` waits for an event of its log. */
async function serve(t: Test, data_dir: string, parameters: string[] = [], environment: NodeJS.ProcessEnv = {}) {
  const alone = ['--display', 'synthetic', '--discovery', 'false', '--bind', '127.0.0.1'];
  const child = startChild([process.execPath, main, 'serve', ...alone, '--data-dir', data_dir, ...parameters], {
    environment: { ...process.env, ...environment },
    owner: t,
  });
  const events = new Map<string, PromiseWithResolvers<Record<string, unknown>>>();
  const event = (name: string) => {
    const known = events.get(name) ?? Promise.withResolvers<Record<string, unknown>>();
    events.set(name, known);
    return known;
  };
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(text);
    const line = JSON.parse(text) as Record<string, unknown>;
    event(String(line.event)).resolve(line);
  });
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  const line = (name: string) =>
    Promise.race([
      event(name).promise,
      ended.then((code) => {
        throw new Error(`the host ended with ${code} before "${name}"`);
      }),
    ]);
  return { child, line, lines, ended };
}

t.test('help teaches', async (t) => {
  const help = await run([]);
  t.equal(help.code, 0);
  for (const name of ['serve', 'pair', 'clients', 'unpair', 'status', 'doctor']) {
    t.match(help.out, new RegExp(`^  ${name}`, 'm'));
    const own = await run([name, '--help']);
    t.match(
      own,
      { code: 0, out: new RegExp(`punktfunk-host ${name}[\\s\\S]*\n  \\S*/tools/bin/punktfunk-host ${name}`) },
      `${name} --help has an example that works in this checkout`,
    );
    for (const line of [...own.out.split('\n'), ...help.out.split('\n')]) {
      if (!line.includes(package_root)) t.ok(line.length <= 80, `80 columns: ${line}`);
    }
  }
  t.same(JSON.parse((await run(['--version', '--json'])).out), { version: (await run(['--version'])).out.trim() });
  t.match(await run(['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/ });
});

t.test('output that cannot be written is no success', async (t) => {
  const shell = (line: string) => runChild(['sh', '-c', line, 'sh', process.execPath, main]);
  for (const words of ['--help', '--version --json', 'serve --help']) {
    const { code, err } = await shell(`"$1" "$2" ${words} >/dev/full`);
    t.equal(code, 7, words);
    t.match(err, /^The output could not be written: the disk is full\.\n/);
    t.notMatch(err, /\bat .*\.ts:\d+/, 'no stack');
  }
  const left = await shell('{ "$1" "$2" --help; echo "ended with $?" >&2; } | true');
  t.equal(left.err, 'ended with 0\n', 'a reader that left is no failure');
});

t.test('homes that are not there', async (t) => {
  const cases: [NodeJS.ProcessEnv, string][] = [
    [{ HOME: undefined, XDG_DATA_HOME: undefined, XDG_CACHE_HOME: undefined }, 'no HOME'],
    [{ HOME: '/proc', XDG_DATA_HOME: undefined, XDG_CACHE_HOME: undefined }, 'a HOME where nothing can be made'],
    [{ HOME: '/nonexistent', XDG_DATA_HOME: undefined, XDG_CACHE_HOME: undefined }, 'a HOME that is not there'],
  ];
  for (const [environment, name] of cases) {
    t.match(await run(['--version'], environment), { code: 0, out: /^\d/, err: '' }, name);
    t.equal((await run(['status'], environment)).code, 4, `${name}: no host runs there`);
  }
});

t.test('the data directory that --help names is the one that is used', async (t) => {
  const named = folder(t);
  const { out } = await run(['--help'], { PUNKTFUNK_DATA_DIR: named });
  t.ok(out.replace(/\s+/g, ' ').includes(`(default ${named})`));
  t.ok((await run(['status'], { PUNKTFUNK_DATA_DIR: named })).err.includes(named));
});

t.test('wrong usage: exit code 2 and a sentence', async (t) => {
  const base = folder(t);
  const cases: [string[], RegExp][] = [
    [['fly'], /There is no command "fly"/],
    [['constructor'], /There is no command/],
    [['pair'], /Usage: \S+punktfunk-host pair PIN/],
    [['pair', '12'], /"12" is not a PIN/],
    [['clients', 'all'], /Usage: \S+punktfunk-host clients/],
    [['serve', '--frobnicate'], /--frobnicate/],
    [['serve', '--base-port', '70000', '--data-dir', base], /base_port takes a whole number from 1029 to 65514/],
    [['serve', '--bind', '::1', '--data-dir', base], /bind takes an IPv4 address/],
    [['serve', '--display', 'tv', '--data-dir', base], /display takes auto, session, embedded, synthetic/],
    [
      ['serve', '--bind', '192.0.2.200', '--display', 'synthetic', '--data-dir', base, '--base-port', await freePort()],
      /this machine has no such address/,
    ],
  ];
  for (const [parameters, sentence] of cases) {
    const { code, err, out } = await run(parameters);
    t.equal(code, 2, parameters.join(' '));
    t.match(err, sentence);
    t.notMatch(err + out, /\bat .*\.ts:\d+/, 'no stack');
  }
});

t.test('configuration files that are wrong', async (t) => {
  const base = folder(t);
  const file = join(base, 'config.json');
  const cases: [string, RegExp][] = [
    ['{"base_prot": 1}', /unknown setting "base_prot"[\s\S]*base_port/],
    ['{"base_port": "many"}', /"base_port" in .*config\.json is not valid/],
    ['{"apps": [{"title": "a"}, {"title": "b", "run": "c"}]}', /"apps" in [\s\S]*entry 2 \("b"\) run is no key of it/],
    ['{"apps": [{"title": "a", "command": [1]}]}', /entry 1 \("a"\) command 0 must be string/],
    ['{', /config\.json cannot be read: it is not JSON/],
    ['[]', /not a JSON object/],
    [`"${'x'.repeat(300_000)}"`, /larger than/],
  ];
  for (const [text, sentence] of cases) {
    writeFileSync(file, text);
    const { code, err } = await run(['serve', '--data-dir', base]);
    t.equal(code, 2);
    t.match(err, sentence);
  }
  t.match(await run(['serve', '--data-dir', folder(t)], { PUNKTFUNK_FEC_PERCENT: '0' }), {
    code: 2,
    err: /PUNKTFUNK_FEC_PERCENT=0 is not valid/,
  });
});

t.test('no host: exit code 4', async (t) => {
  const base = folder(t);
  for (const parameters of [['status'], ['clients'], ['pair', '1234'], ['unpair', 'ab']]) {
    t.match(await run([...parameters, '--data-dir', base]), { code: 4, err: /No host runs with the data directory/ });
  }
  const { code, out } = await run(['status', '--json', '--data-dir', base]);
  t.equal(code, 4);
  t.match(JSON.parse(out), { error: { code: 'HOST_NOT_RUNNING', message: String, cure: /start --/ } });
});

t.test('data directories that cannot be used: exit code 5, nothing overwritten', async (t) => {
  const base = folder(t);
  writeFileSync(join(base, 'file'), '');
  for (const path of [join(base, 'file'), join(base, 'file/below'), '/proc/punktfunk', `/tmp/${'x'.repeat(110)}`]) {
    t.match(
      await run(['serve', '--data-dir', path]),
      { code: 5, err: /The data directory .* cannot be used: [\s\S]*--data-dir/ },
      path,
    );
  }
  const made = join(base, 'made');
  const host = await serve(t, made, ['--base-port', await freePort()]);
  await host.line('ready');
  host.child.kill('SIGTERM');
  t.equal(await host.ended, 0);
  t.equal(statSync(made).mode & 0o777, 0o700);
  const identity = join(made, 'identity.json');
  t.equal(statSync(identity).mode & 0o777, 0o600);
  const good = readFileSync(identity, 'utf8');
  const other = JSON.parse(good);
  for (const text of [
    '',
    'null',
    good.slice(0, 500),
    good.replace(/"unique_id": "./, '"unique_id": "'),
    JSON.stringify({ ...other, key_pem: 'x' }),
  ]) {
    writeFileSync(identity, text);
    const { code, err } = await run(['serve', '--data-dir', made]);
    t.equal(code, 5);
    t.match(err, /identity\.json is damaged: [\s\S]*Nothing was changed/);
    t.equal(readFileSync(identity, 'utf8'), text, 'left as it was');
  }
  writeFileSync(identity, good);
  writeFileSync(join(made, 'clients.json'), '{"version":1,"clients":[{}]}');
  t.match(await run(['serve', '--data-dir', made]), { code: 5, err: /clients\.json is damaged/ });
});

t.test('a host that runs', async (t) => {
  const base = folder(t);
  const port = await freePort();
  const scratch = join(base, 'scratch');
  mkdirSync(scratch);
  mkdirSync(join(scratch, 'punktfunk-4194305-dead')); // of a host that was killed: larger than any process id
  const host = await serve(t, join(base, 'data'), ['--name', 'Studio'], {
    PUNKTFUNK_BASE_PORT: port,
    XDG_RUNTIME_DIR: scratch,
  });
  const ready = await host.line('ready');
  t.match(ready, { ports: { http: Number(port) }, display: /test picture/ });
  t.same(
    readdirSync(scratch).map((name) => name.replace(/-\w+$/, '')),
    [`punktfunk-${host.child.pid}`],
  );

  const at = ['--data-dir', join(base, 'data')];
  const socket = join(base, 'data/host.sock');
  t.equal(statSync(socket).mode & 0o777, 0o600);
  t.match(await run(['status', ...at]), {
    code: 0,
    out: /^Studio: punktfunk .*\ndesktop {3}a test picture[\s\S]*running {3}nothing/,
  });
  t.match(JSON.parse((await run(['status', '--json', ...at])).out), {
    name: 'Studio',
    pid: host.child.pid,
    session: null,
    waiting_to_pair: [],
  });
  const { set_up_code } = JSON.parse((await run(['console', '--print', '--json', ...at])).out);
  t.ok(host.lines.join('\n').includes(set_up_code), 'the journal has the set-up code');
  t.notOk(
    JSON.stringify(await new TestApi(join(base, 'data')).get('/api/v1/logs?count=5000')).includes(set_up_code),
    'a token that reads the log through the API has it not',
  );
  t.match(await run(['clients', ...at]), {
    code: 0,
    out: /No client is paired\. .*punktfunk-host pair PIN --data-dir \/\S+\/data\n/,
  });
  t.equal((await run(['clients', '--json', ...at])).out, '[]\n');
  t.match(await run(['pair', '1234', ...at]), { code: 1, err: /No client is asking to pair\.\nIn Moonlight/ });
  t.match(await run(['unpair', 'abcd', ...at]), { code: 1, err: /No paired client has the id "abcd"/ });
  t.match(await run(['serve', '--base-port', await freePort(), ...at]), {
    code: 3,
    err: new RegExp(`already runs .* \\(process ${host.child.pid}\\)`),
  });
  const stranger = ['--bind', '127.0.0.1', '--display', 'synthetic', '--data-dir', join(base, 'other')];
  t.match(await run(['serve', '--base-port', port, ...stranger]), {
    code: 3,
    err: /Port \d+ \(.*\) is taken by another program\.\n.*--base-port/,
  });

  host.child.kill('SIGTERM');
  await host.line('stopped');
  t.equal(await host.ended, 0);
  t.notOk(existsSync(socket));
  t.same(readdirSync(scratch), []);
});

t.test('a port that another host holds is waited for, where that was asked for', async (t) => {
  const port = await freePort();
  const first = await serve(t, folder(t), ['--base-port', port]);
  await first.line('ready');
  t.equal((await run(['serve', '--display', 'synthetic', '--data-dir', folder(t), '--base-port', port])).code, 3);
  const second = await serve(t, folder(t), ['--base-port', port, '--wait']);
  t.match(await second.line('waiting'), { level: 'warn', code: 'PORT_TAKEN' });
  const third = await serve(t, folder(t), ['--base-port', port, '--wait']);
  await third.line('waiting');
  third.child.kill('SIGTERM');
  t.equal(await third.ended, 0, 'one that waits can be stopped');
  first.child.kill('SIGTERM');
  await first.ended;
  await second.line('ready');
  second.child.kill('SIGTERM');
  t.equal(await second.ended, 0);
});

t.test('a socket that a killed host left behind', async (t) => {
  const base = folder(t);
  const first = await serve(t, base, ['--base-port', await freePort()]);
  await first.line('ready');
  first.child.kill('SIGKILL');
  await first.ended;
  t.ok(existsSync(join(base, 'host.sock')));
  t.match(await run(['status', '--data-dir', base]), { code: 4 });
  const second = await serve(t, base, ['--base-port', await freePort()]);
  await second.line('ready');
  second.child.kill('SIGINT');
  t.equal(await second.ended, 0);
});

t.test('doctor', async (t) => {
  const base = folder(t);
  const port = await freePort();
  const at = ['--display', 'synthetic', '--data-dir', join(base, 'data'), '--base-port', port, '--bind', '127.0.0.1'];
  const server = createServer().listen(Number(port) + 21, '127.0.0.1');
  t.teardown(() => server.close());
  const { code, out } = await run(['doctor', '--json', ...at], { PUNKTFUNK_NATIVE_DIR: base });
  t.equal(code, 1);
  const { complete, checks } = JSON.parse(out) as {
    complete: boolean;
    checks: { name: string; state: string; detail: string; cure: string }[];
  };
  t.equal(complete, false);
  const by_name = Object.fromEntries(checks.map((check) => [check.name, check]));
  t.match(by_name.node, { state: 'ok' });
  t.match(by_name.build, { state: 'missing', detail: /punktfunk_engine\.node/, cure: /^npm --prefix \S+ run setup$/ });
  t.match(by_name.engine, { state: 'missing', detail: /is missing/ });
  t.match(by_name.ports, { state: 'missing', detail: `taken by another program: TCP ${Number(port) + 21}` });
  t.ok(
    checks.every((check) => check.state !== 'missing' || check.cure !== ''),
    'what is missing has a cure',
  );
  const text = (await run(['doctor', ...at], { PUNKTFUNK_NATIVE_DIR: base })).out;
  const findings = text.split('\n').filter((line) => /^( ok |MISS|note) /.test(line));
  t.equal(findings.length, checks.length);
  t.same(
    findings.filter((line) => line.length > 80 && !/\S{64}/.test(line)),
    [],
    'fits a terminal',
  );
  t.match(text, /^MISS {2}ports[\s\S]*cannot stream yet\. What is missing: .*ports/m);
  t.notOk(existsSync(join(base, 'data')), 'it leaves nothing');
  const elsewhere = await run([
    'doctor',
    '--json',
    '--display',
    'synthetic',
    '--bind',
    '192.0.2.1',
    '--data-dir',
    base,
  ]);
  t.match(
    (JSON.parse(elsewhere.out) as { checks: { name: string }[] }).checks.find(({ name }) => name === 'ports'),
    { state: 'missing', detail: /^The address 192\.0\.2\.1 cannot be listened on/, cure: /--bind/ },
    'a port that is refused for another reason is not called taken',
  );

  // What serve could not use, doctor does not call usable.
  for (const place of ['/proc/nope', '/sys/nope', join(base, 'a file', 'below')]) {
    writeFileSync(join(base, 'a file'), '');
    const { code, out } = await run(['doctor', '--json', '--display', 'synthetic', '--data-dir', place]);
    const { complete, checks } = JSON.parse(out) as { complete: boolean; checks: { name: string; state: string }[] };
    t.equal(code, 1, place);
    t.equal(complete, false);
    t.equal(checks.find(({ name }) => name === 'data')?.state, 'missing', `data directory ${place}`);
  }
  const full = await run(['doctor', '--json', ...at], { XDG_RUNTIME_DIR: undefined, TMPDIR: '/proc' });
  t.match(
    (JSON.parse(full.out) as { checks: { name: string }[] }).checks.find(({ name }) => name === 'engine'),
    { state: 'missing', detail: /runtime directory \/proc cannot be written/ },
    'a check that falls over is one line of the list',
  );
  const broken = join(base, 'native');
  mkdirSync(broken);
  for (const name of ['punktfunk_engine.node', 'punktfunk_encoder_x264.so'])
    writeFileSync(join(broken, name), 'rubbish');
  const unloadable = await run(['doctor', '--json', ...at], { PUNKTFUNK_NATIVE_DIR: broken });
  t.match(
    (JSON.parse(unloadable.out) as { checks: { name: string }[] }).checks.find(({ name }) => name === 'build'),
    { state: 'missing', detail: /punktfunk_engine\.node/ },
    'a file that is there and cannot be loaded is not called ok',
  );

  const nothing = folder(t);
  chmodSync(nothing, 0o755);
  const bare = await run(['doctor', '--json', '--display', 'embedded', '--data-dir', nothing], {
    PATH: nothing,
    WAYLAND_DISPLAY: undefined,
  });
  const desktop = (JSON.parse(bare.out) as { checks: { name: string; state: string; cure: string }[] }).checks.find(
    ({ name }) => name === 'desktop',
  );
  t.match(desktop, { state: 'missing', cure: /sway/ });
});
