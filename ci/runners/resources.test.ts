import * as pulumi from '@pulumi/pulumi';
import t from 'tap';
import { parseFleet } from './config.ts';
import { makeFleet } from './resources.ts';
import { fleet, host_key, old_digest, wanted_digest } from './test-fleet.ts';

// How Pulumi's wire format marks a secret (sdk: runtime/rpc.ts, specialSigKey and specialSecretSig).
const secret_mark = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270' };

interface Registered {
  type: string;
  name: string;
  /** As it goes over the wire, secrets still wrapped. */
  inputs: Record<string, unknown>;
  /** Names of the resources it waits for. */
  after: string[];
  timeout: string | undefined;
}

const ssh_key = 'THE-PRIVATE-KEY';
const runner_token = 'THE-TOKEN';

/** Makes the fleet's resources and tells what was registered, in order. */
async function register(input: object): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: { ...inputs, stdout: `said ${name}`, stderr: '' } }),
    call: ({ inputs }) => inputs,
  });
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) throw new Error('there is no monitor');
  const register = monitor.registerResource.bind(monitor) as (...parameters: unknown[]) => unknown;
  // The mocks see inputs without their marks and no options, so the requests themselves are read.
  Object.assign(monitor, {
    registerResource(request: Parameters<typeof monitor.registerResource>[0], ...rest: unknown[]) {
      registered.push({
        type: request.getType(),
        name: request.getName(),
        inputs: (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
        after: request.getDependenciesList().map((urn) => urn.split('::').at(-1) ?? ''),
        timeout: request.getCustomtimeouts()?.getCreate(),
      });
      return register(request, ...rest);
    },
  });
  const { runners, rollouts } = makeFleet(parseFleet(input), { ssh_key, runner_token });
  await Promise.all([...runners, ...rollouts].map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
  return registered;
}

t.test('a command over ssh for each runner, a rollout for each machine', async (t) => {
  const registered = await register(fleet);
  t.strictSame(registered.map(({ type, name }) => [type, name]).sort(), [
    ['command:local:Command', 'rollout-desk'],
    ['command:local:Command', 'rollout-sofa'],
    ['command:remote:Command', 'runner-bench'],
  ]);
  const runner = registered.find(({ name }) => name === 'runner-bench');
  // The whole connection is a secret to this resource.
  const connection = { host: '192.0.2.3', port: 22, user: 'core', hostKey: host_key, privateKey: ssh_key };
  t.match(runner?.inputs.connection, { ...secret_mark, value: connection });
  t.match(runner?.inputs.create, /^sudo -n sh -c /);
  t.match(runner?.inputs.delete, /systemctl disable --now punktfunk-runner\.service/);
});

t.test('rollouts wait for the one before them, in the order of the fleet', async (t) => {
  const third = { ...fleet.machines[0], name: 'attic', address: '192.0.2.9' };
  const registered = await register({ ...fleet, machines: [...fleet.machines, third] });
  const rollouts = registered.filter(({ name }) => name.startsWith('rollout-'));
  t.strictSame(
    rollouts.map(({ name, after }) => [name, after]),
    [
      ['rollout-sofa', []],
      ['rollout-desk', ['rollout-sofa']],
      ['rollout-attic', ['rollout-desk']],
    ],
  );
  t.strictSame(registered.find(({ name }) => name === 'runner-bench')?.after, [], 'enrolment waits for nobody');
});

t.test('another digest or image runs the rollouts again, and nothing else does', async (t) => {
  const triggersOf = async (changes: object) =>
    (await register({ ...fleet, ...changes }))
      .filter(({ name }) => name.startsWith('rollout-'))
      .map(({ inputs }) => inputs.triggers);
  const before = await triggersOf({});
  t.strictSame(before, [
    [fleet.image, wanted_digest],
    [fleet.image, wanted_digest],
  ]);
  t.strictNotSame(await triggersOf({ digest: old_digest }), before);
  t.strictNotSame(await triggersOf({ image: 'registry.example/owner/other' }), before);
  t.strictSame(await triggersOf({ runners: [], runner_service: null }), before);
});

t.test('a rollout is told its own machine only, and has hours', async (t) => {
  const [sofa] = (await register(fleet)).filter(({ name }) => name === 'rollout-sofa');
  const told = parseFleet(JSON.parse(String(sofa?.inputs.stdin)));
  t.strictSame(
    told.machines.map(({ name }) => name),
    ['sofa'],
  );
  t.equal(told.digest, wanted_digest);
  t.equal(sofa?.inputs.create, 'node roll-out.ts -');
  t.equal(sofa?.timeout, '3h');
});

t.test('key and token go over the wire as secrets and nowhere else', async (t) => {
  const registered = await register(fleet);
  const marked = (value: string) => ({ ...secret_mark, value });
  for (const { name, inputs } of registered) {
    if (name.startsWith('rollout-')) t.match(inputs.environment, { PUNKTFUNK_SSH_KEY: marked(ssh_key) });
    else {
      t.match(inputs.stdin, marked(runner_token));
    }
    const open = JSON.stringify(withoutSecrets(inputs));
    t.notMatch(open, ssh_key, `${name} does not show the key`);
    t.notMatch(open, runner_token, `${name} does not show the token`);
  }
});

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const [[mark, secret]] = Object.entries(secret_mark) as [[string, string]];
  if ((value as Record<string, unknown>)[mark] === secret) return 'secret';
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutSecrets(entry)]));
}
