import t from 'tap';
import { ConfigError, parseFleet } from './config.ts';
import { fleet, host_key, public_key } from './test-fleet.ts';

function sentencesOf(input: unknown): readonly string[] {
  try {
    parseFleet(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.sentences;
    throw error;
  }
  return [];
}

t.test('a good configuration is taken as it is, port 22 unless told', async (t) => {
  const parsed = parseFleet(fleet);
  t.equal(parsed.machines[0]?.port, 22);
  t.equal(parsed.machines[1]?.port, 2222);
  t.same(parsed.runners[0]?.labels, ['punktfunk-hardware', 'bazzite']);
  t.equal(parsed.runner_service?.url, 'https://example.org/owner/punktfunk');
});

t.test('a fleet without runners needs no runner service', async (t) => {
  const { runners: _, runner_service: __, ...rest } = fleet;
  t.equal(parseFleet(rest).runner_service, null);
});

t.test('each mistake is a sentence that names the place', async (t) => {
  const machine = { name: 'a', address: '192.0.2.1', user: 'core', host_key };
  const runner = { ...machine, labels: ['punktfunk-hardware'], authorized_keys: [] };
  const with_machine = (changes: object) => ({ ...fleet, machines: [{ ...machine, ...changes }] });
  const with_runner = (changes: object) => ({ ...fleet, runners: [{ ...runner, ...changes }] });
  const cases: [unknown, RegExp][] = [
    [null, /^the fleet is null, and must be an object/],
    [[], /^the fleet is a list/],
    [
      { ...fleet, image: 'registry.example/a/b:latest' },
      /^image is ".*:latest", and must be registry and repository without tag/,
    ],
    [{ ...fleet, image: 'registry.example/a/b@sha256:00' }, /^image is /],
    [{ ...fleet, image: '--help/x' }, /^image is /],
    [{ ...fleet, digest: 'sha256:12' }, /^digest is "sha256:12", and must be "sha256:" and 64 digits/],
    [{ ...fleet, digest: undefined }, /^digest is missing/],
    [{ ...fleet, digset: 1 }, /^the fleet has no setting "digset": it knows image, digest/],
    [{ ...fleet, machines: 'all' }, /^machines is "all", and must be a list/],
    [{ ...fleet, machines: ['sofa'] }, /^machines\[0\] is "sofa", and must be an object/],
    [with_machine({ name: 'Sofa 1' }), /^machines\[0\]\.name is "Sofa 1"/],
    [with_machine({ address: '-oProxyCommand=x' }), /^machines\[0\]\.address is "-oProxyCommand=x"/],
    [with_machine({ address: 'a b' }), /^machines\[0\]\.address/],
    [with_machine({ user: 'core;id' }), /^machines\[0\]\.user/],
    [with_machine({ user: 7 }), /^machines\[0\]\.user is 7/],
    [with_machine({ port: 0 }), /^machines\[0\]\.port is 0, and must be a number from 1 to 65535/],
    [with_machine({ port: 22.5 }), /^machines\[0\]\.port is 22\.5/],
    [with_machine({ port: '22' }), /^machines\[0\]\.port is "22"/],
    [with_machine({ host_key: undefined }), /^machines\[0\]\.host_key is missing: the host's public key/],
    [with_machine({ host_key: `${host_key}\n@cert-authority * ${host_key}` }), /^machines\[0\]\.host_key is /],
    [
      { ...fleet, machines: [machine, { ...machine, address: '192.0.2.2' }] },
      /^machines\[1\] has the name "a" of another/,
    ],
    [
      { ...fleet, machines: [machine, { ...machine, name: 'b' }] },
      /^machines\[1\] is 192\.0\.2\.1 port 22 like another/,
    ],
    [with_runner({ labels: [] }), /^runners\[0\]\.labels is empty/],
    [with_runner({ labels: ['punktfunk-hardware', 'a,b'] }), /^runners\[0\]\.labels\[1\] is "a,b"/],
    [with_runner({ labels: ['gpu'] }), /^runners\[0\]\.labels has no "punktfunk-hardware": no workflow asks/],
    [with_runner({ authorized_keys: [`command="x" ${public_key}`] }), /^runners\[0\]\.authorized_keys\[0\] is /],
    [with_runner({ authorized_keys: [`${public_key}'`] }), /^runners\[0\]\.authorized_keys\[0\] is /],
    [{ ...fleet, runner_service: undefined }, /^runner_service is missing: there are runners/],
    [
      { ...fleet, runner_service: { ...fleet.runner_service, archive_url: 'http://example.org/x' } },
      /^runner_service\.archive_url/,
    ],
    [
      { ...fleet, runner_service: { ...fleet.runner_service, archive_sha256: 'abc' } },
      /^runner_service\.archive_sha256/,
    ],
    [{ ...fleet, runner_service: 'x' }, /^runner_service is "x", and must be an object/],
    [{ image: fleet.image, digest: fleet.digest }, /^There are neither machines nor runners/],
  ];
  for (const [input, sentence] of cases) {
    const sentences = sentencesOf(input);
    t.equal(sentences.length, 1, `one sentence for ${sentence}`);
    t.match(sentences[0], sentence);
  }
});

t.test('all mistakes are told at once', async (t) => {
  t.equal(sentencesOf({ ...fleet, image: 1, digest: 2, machines: [{ name: 'a' }] }).length, 5);
});

t.test('a long value is cut in its sentence', async (t) => {
  const [sentence = ''] = sentencesOf({ ...fleet, image: 'x'.repeat(10_000) });
  t.ok(sentence.length < 300);
});
