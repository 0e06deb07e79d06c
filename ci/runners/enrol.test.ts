import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseFleet, type Runner, type RunnerService } from './config.ts';
import { enrolCommand, enrolScript, quote, retireCommand } from './enrol.ts';
import { fleet, public_key } from './test-fleet.ts';
import '../../src/test-limit.ts';

const parsed = parseFleet(fleet);
const [runner] = parsed.runners as [Runner];
const service = parsed.runner_service as RunnerService;

/** A host to enrol: a root of its own, and programs that write down how they were called. */
function makeHost(dir: string, { without = [] as string[], served = '' } = {}) {
  const bin = join(dir, 'bin');
  const root = join(dir, 'root');
  const calls = join(dir, 'calls');
  for (const path of [bin, join(root, 'etc/systemd/system'), join(dir, 'program')])
    mkdirSync(path, { recursive: true });
  // The runner program as a service publishes it.
  const config = join(dir, 'program/config.sh');
  writeFileSync(config, `#!/bin/sh\necho "config.sh $*" >>${calls}\n[ "$6" != bad ]\n`);
  chmodSync(config, 0o755);
  writeFileSync(join(dir, 'program/run.sh'), 'echo run\n');
  const archive = join(dir, 'runner.tar.gz');
  spawnSync('tar', ['-czf', archive, '-C', join(dir, 'program'), 'config.sh', 'run.sh']);
  const programs: Record<string, string> = {
    bootc: '',
    git: '',
    npm: '',
    sudo: 'shift; exec "$@"',
    getent: 'case $2 in core) echo core:x:1000:1000::/var/home/core:/bin/bash ;; *) exit 2 ;; esac',
    useradd: '',
    chown: '',
    restorecon: '',
    systemctl: '',
    runuser: 'shift 3; exec "$@"',
    curl: `while [ "$1" != --output ]; do shift; done; cp '${served === '' ? archive : served}' "$2"`,
  };
  for (const [name, text] of Object.entries(programs)) {
    if (without.includes(name)) continue;
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\n[ ${name} = getent ] || echo "${name} $*" | head -n 1 >>${calls}\n${text}\n`);
    chmodSync(path, 0o755);
  }
  // Only what the script may count on, so that a missing program is missing.
  for (const name of [
    'sh',
    'cut',
    'mkdir',
    'chmod',
    'touch',
    'sed',
    'printf',
    'mv',
    'cat',
    'rm',
    'sha256sum',
    'tar',
    'gzip',
    'head',
    'cp',
  ])
    spawnSync('sh', ['-c', `ln -s "$(command -v ${name})" ${bin}/${name}`]);
  const sum = createHash('sha256').update(readFileSync(archive)).digest('hex');
  const run = (command: string, input = 'secret-token\n') => {
    writeFileSync(calls, '');
    const result = spawnSync('sh', ['-c', command], {
      input,
      encoding: 'utf8',
      env: { PATH: bin, PUNKTFUNK_ROOT: root },
    });
    return { ...result, calls: readFileSync(calls, 'utf8') };
  };
  return { root, sum, run, service: { ...service, archive_sha256: sum } };
}

const unit = 'etc/systemd/system/punktfunk-runner.service';
const keys_file = 'var/home/core/.ssh/authorized_keys';

t.test('a host becomes a runner: account, program, registration, unit, keys', async (t) => {
  const host = makeHost(t.testdir());
  const { status, stderr, calls } = host.run(enrolCommand(runner, host.service));
  t.equal(status, 0, stderr);
  t.match(calls, /useradd --system/);
  t.match(
    calls,
    /config\.sh --unattended --replace --url https:\/\/example\.org\/owner\/punktfunk --token secret-token --name bench --labels punktfunk-hardware,bazzite/,
  );
  t.match(calls, /systemctl enable punktfunk-runner\.service\nsystemctl restart punktfunk-runner\.service\n$/);
  t.match(
    readFileSync(join(host.root, unit), 'utf8'),
    /\nExecStart=\/bin\/bash \/var\/lib\/punktfunk-runner\/runner\/run\.sh\n/,
  );
  t.equal(
    readFileSync(join(host.root, keys_file), 'utf8'),
    `# punktfunk runner keys\n${public_key} ci@example.org\n# end of punktfunk runner keys\n`,
  );
  t.equal(statSync(join(host.root, keys_file)).mode & 0o777, 0o600);
  t.notMatch(
    spawnSync('grep', ['-r', 'secret-token', host.root], { encoding: 'utf8' }).stdout,
    /./,
    'no file holds the token',
  );
});

t.test('a second time nothing is registered again, and no token is needed', async (t) => {
  const host = makeHost(t.testdir());
  host.run(enrolCommand(runner, host.service));
  const { status, calls } = host.run(enrolCommand(runner, host.service), '');
  t.equal(status, 0);
  t.notMatch(calls, /config\.sh|curl/);
  t.match(calls, /systemctl restart/);
});

t.test('other labels register again', async (t) => {
  const host = makeHost(t.testdir());
  host.run(enrolCommand(runner, host.service));
  const { status, calls } = host.run(enrolCommand({ ...runner, labels: ['other'] }, host.service));
  t.equal(status, 0);
  t.match(calls, /--labels other/);
});

t.test('keys: other lines stay, a key that is no longer wanted goes', async (t) => {
  const host = makeHost(t.testdir());
  mkdirSync(join(host.root, 'var/home/core/.ssh'), { recursive: true });
  writeFileSync(join(host.root, keys_file), 'ssh-ed25519 MINE me\n');
  host.run(enrolCommand(runner, host.service));
  t.match(readFileSync(join(host.root, keys_file), 'utf8'), /^ssh-ed25519 MINE me\n# punktfunk runner keys\n/);
  host.run(enrolCommand({ ...runner, authorized_keys: [] }, host.service));
  t.equal(readFileSync(join(host.root, keys_file), 'utf8'), 'ssh-ed25519 MINE me\n');
});

t.test('what goes wrong is a sentence, and nothing is left that looks registered', async (t) => {
  const registered = (host: { root: string }) => existsSync(join(host.root, 'var/lib/punktfunk-runner/registration'));
  const refused = (host: ReturnType<typeof makeHost>, command: string, input: string | undefined, sentence: string) => {
    const { status, stderr } = host.run(command, input);
    t.not(status, 0);
    t.match(stderr, sentence);
    t.notOk(registered(host));
  };
  const host = makeHost(t.testdir({}));
  refused(
    host,
    enrolCommand(runner, host.service),
    '',
    'bench: there is no registration token: set punktfunk:runner_token',
  );
  refused(host, enrolCommand(runner, host.service), 'bad\n', 'bench: the runner service refused the registration');
  refused(
    host,
    enrolCommand({ ...runner, user: 'nobody' }, host.service),
    undefined,
    'bench: there is no account nobody',
  );
  refused(host, enrolCommand(runner, service), undefined, `is not the one with SHA-256 ${'a'.repeat(64)}`);
});

t.test('a host without bootc is refused', async (t) => {
  const host = makeHost(t.testdir(), { without: ['bootc'] });
  const { status, stderr } = host.run(enrolCommand(runner, host.service));
  t.equal(status, 1);
  t.match(stderr, 'bench: this is not a bootc host');
});

t.test('a host that cannot do the work is refused before anything is done to it', async (t) => {
  for (const program of ['git', 'npm']) {
    const host = makeHost(t.testdir(), { without: [program] });
    const { status, stderr, calls } = host.run(enrolCommand(runner, host.service));
    t.equal(status, 1);
    t.match(stderr, `bench: ${program} is missing, which the work of a runner needs`);
    t.notMatch(calls, /useradd|config\.sh/);
  }
});

t.test('a runner program that cannot be fetched', async (t) => {
  const host = makeHost(t.testdir(), { served: '/nowhere' });
  const { status, stderr } = host.run(enrolCommand(runner, host.service));
  t.equal(status, 1);
  t.match(stderr, 'could not be fetched from https://example.org/runner/runner-linux-x64.tar.gz');
});

t.test('retiring takes the unit and the program, and leaves the keys', async (t) => {
  const host = makeHost(t.testdir());
  host.run(enrolCommand(runner, host.service));
  const { status, calls } = host.run(retireCommand());
  t.equal(status, 0);
  t.match(calls, /systemctl disable --now punktfunk-runner\.service/);
  t.notOk(existsSync(join(host.root, unit)));
  t.notOk(existsSync(join(host.root, 'var/lib/punktfunk-runner')));
  t.ok(existsSync(join(host.root, keys_file)));
});

t.test('a value is one word to the shell, whatever is in it', async (t) => {
  const evil = `a'b"c$(id)\`id\`\\ \n;rm -rf`;
  t.equal(spawnSync('sh', ['-c', `printf %s ${quote(evil)}`], { encoding: 'utf8' }).stdout, evil);
  t.match(enrolScript({ ...runner, name: evil }, service), `name=${quote(evil)}\n`);
});
