import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fleet, wanted_digest } from './test-fleet.ts';
import '../../src/test-limit.ts';

const program = join(import.meta.dirname, 'roll-out.ts');
const { image, digest, machines } = fleet;
const status = JSON.stringify({
  status: { booted: { image: { imageDigest: wanted_digest } }, staged: null, rollback: null },
});

/** Runs the program with a program of ours in ssh's place. */
function run(dir: string, { parameters = ['-'], input = '', bootc = `echo '${status}'` }) {
  const ssh = join(dir, 'ssh');
  writeFileSync(
    ssh,
    `#!/bin/sh\nif [ -n "$PUNKTFUNK_SSH_KEY" ]; then echo "the key leaks"; fi\ncase "$*" in *bootc*) ${bootc} ;; *doctor*) echo '{"complete":true,"checks":[]}' ;; esac\n`,
  );
  chmodSync(ssh, 0o755);
  const env = { PATH: `${dir}:${process.env.PATH}`, TMPDIR: dir, PUNKTFUNK_SSH_KEY: 'KEY' };
  return spawnSync(process.execPath, [program, ...parameters], { input, encoding: 'utf8', env });
}

t.test('a fleet that is on the image and healthy', async (t) => {
  const { status, stdout, stderr } = run(t.testdir(), { input: JSON.stringify({ image, digest, machines }) });
  t.equal(stderr, '');
  t.equal(status, 0);
  t.match(stdout, /^sofa: sudo -n bootc status --json\n/);
  t.match(stdout, /desk: it was on sha256:1{12} already and is healthy\.\n$/);
});

t.test('a machine that fails: exit code 1, and why, last', async (t) => {
  const dead = { ...fleet, machines, image, digest };
  const dir = t.testdir({ 'fleet.json': JSON.stringify(dead) });
  const { status, stderr } = run(dir, { parameters: [join(dir, 'fleet.json')], bootc: 'echo refused >&2; exit 255' });
  t.equal(status, 1);
  t.match(stderr, /^The rollout stops at sofa: it cannot be reached \(refused\)\. Not touched: desk\.\n$/);
});

t.test('a fleet that is not right: exit code 2, a sentence each', async (t) => {
  const sentences = (parameters: string[], input: string) => {
    const { status, stderr } = run(t.testdir(), { parameters, input });
    t.equal(status, 2);
    return stderr;
  };
  t.equal(sentences([], ''), 'Give one file with the fleet, or "-" for standard input.\n');
  t.match(sentences(['/nowhere.json'], ''), /^The fleet cannot be read: ENOENT/);
  t.match(sentences(['-'], '{'), /^The fleet cannot be read: /);
  t.equal(sentences(['-'], '{"image":1,"digest":2,"machines":[]}').trim().split('\n').length, 3);
});
