import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { trustUpdates } from './trust-updates.ts';

const key = '/usr/share/pki/containers/punktfunk.pub';
const ours = 'example.org/team/punktfunk';

function image(t: Test, policy?: string): string {
  const root = mkdtempSync(join(tmpdir(), 'pf-policy-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'usr/share/pki/containers'), { recursive: true });
  writeFileSync(join(root, key), '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n');
  if (policy !== undefined) {
    mkdirSync(join(root, 'etc/containers'), { recursive: true });
    writeFileSync(join(root, 'etc/containers/policy.json'), policy);
  }
  return root;
}
const policyOf = (root: string) => JSON.parse(readFileSync(join(root, 'etc/containers/policy.json'), 'utf8'));

t.test("our repository is added, the base's rules stay", async (t) => {
  const base = {
    default: [{ type: 'reject' }],
    transports: {
      docker: { 'example.org/base': [{ type: 'sigstoreSigned', keyPath: '/base.pub' }] },
      'docker-daemon': { '': [{ type: 'insecureAcceptAnything' }] },
    },
  };
  const root = image(t, JSON.stringify(base));
  trustUpdates(root, ours, key);
  trustUpdates(root, ours, key);
  t.same(policyOf(root), {
    default: base.default,
    transports: {
      docker: {
        ...base.transports.docker,
        [ours]: [{ type: 'sigstoreSigned', keyPath: key, signedIdentity: { type: 'matchRepository' } }],
      },
      'docker-daemon': base.transports['docker-daemon'],
    },
  });
  t.match(
    readFileSync(join(root, 'etc/containers/registries.d/punktfunk.yaml'), 'utf8'),
    `\ndocker:\n  ${ours}:\n    use-sigstore-attachments: true\n`,
  );
});

t.test('a base without a policy', async (t) => {
  const root = image(t);
  trustUpdates(root, ours, key);
  t.ok(policyOf(root).transports.docker[ours]);
});

t.test('a base that accepts everything by default: the same is accepted, in a form that can be enforced', async (t) => {
  const accept = [{ type: 'insecureAcceptAnything' }];
  const theirs = { docker: { 'example.org/base': [{ type: 'sigstoreSigned', keyPath: '/base.pub' }] } };
  for (const policy of [undefined, JSON.stringify({ default: accept, transports: theirs })]) {
    const root = image(t, policy);
    trustUpdates(root, ours, key);
    const { default: by_default, transports } = policyOf(root);
    t.same(by_default, [{ type: 'reject' }], 'bootc and ostree refuse to enforce any other default');
    for (const name of ['docker', 'oci', 'containers-storage', 'dir']) t.same(transports[name][''], accept, name);
    t.equal(transports.docker[ours][0].type, 'sigstoreSigned');
    if (policy) t.same(transports.docker['example.org/base'], theirs.docker['example.org/base']);
  }
});

t.test('what cannot be trusted is refused, and nothing is written', async (t) => {
  for (const [policy, reference, key_path, sentence] of [
    ['{}', ours, key, /has no "default"/],
    ['[', ours, key, /is not JSON/],
    ['null', ours, key, /has no "default"/],
    [undefined, `${ours}:latest`, key, /does not name a repository/],
    [undefined, `${ours}@sha256:${'0'.repeat(64)}`, key, /does not name a repository/],
    [undefined, 'punktfunk', key, /does not name a repository/],
    [undefined, ours, '/usr/share/pki/none.pub', /not a public key/],
  ] as const) {
    const root = image(t, policy);
    t.throws(
      () => trustUpdates(root, reference, key_path),
      { message: sentence },
      `${policy} ${reference} ${key_path}`,
    );
    if (policy !== undefined) t.equal(readFileSync(join(root, 'etc/containers/policy.json'), 'utf8'), policy);
  }
});
