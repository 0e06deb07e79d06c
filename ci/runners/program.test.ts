// The program as the Pulumi CLI starts it: Pulumi's own runner loads main.ts, and what it registers arrives at an engine of ours. There is
// no CLI here, and nothing is run on any machine.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import t from 'tap';
import { startChild } from '../../src/test-children.ts';
import { fleet, wanted_digest } from './test-fleet.ts';

const require = createRequire(import.meta.url);
const proto = (name: string) => require(`@pulumi/pulumi/proto/${name}`);
const resource = proto('resource_pb.js') as typeof import('@pulumi/pulumi/proto/resource_pb.js');
const engine = proto('engine_pb.js') as typeof import('@pulumi/pulumi/proto/engine_pb.js');
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');
const { Struct } = require('google-protobuf/google/protobuf/struct_pb.js');

type RequestName = 'SupportsFeatureRequest' | 'RegisterResourceRequest' | 'RegisterResourceOutputsRequest';
type Request<Name extends RequestName> = InstanceType<(typeof resource)[Name]>;

interface Run {
  code: number | null;
  /** Names of the resources, in the order in which they were asked for. */
  registered: string[];
  outputs: Record<string, unknown>;
  errors: string[];
}

/** Runs the program against an engine that makes everything at once, but not the resource that `fails`. */
async function run(config: Record<string, string>, secrets: readonly string[], fails = ''): Promise<Run> {
  const registered: string[] = [];
  const errors: string[] = [];
  let outputs: Record<string, unknown> = {};
  const answer =
    <In, Out>(reply: (request: In) => Out): handleUnaryCall<In, Out> =>
    (call, callback) => {
      try {
        callback(null, reply(call.request));
      } catch (error) {
        callback({ code: status.UNKNOWN, details: String(error) }, null);
      }
    };
  const monitor: UntypedServiceImplementation = {
    supportsFeature: answer((request: Request<'SupportsFeatureRequest'>) => {
      const response = new resource.SupportsFeatureResponse();
      response.setHassupport(['secrets', 'resourceReferences'].includes(request.getId()));
      return response;
    }),
    registerResource: answer((request: Request<'RegisterResourceRequest'>) => {
      const name = request.getName();
      if (request.getCustom()) registered.push(name);
      if (name === fails) throw new Error(`${name} failed`);
      const response = new resource.RegisterResourceResponse();
      response.setUrn(`urn:pulumi:home::punktfunk-fleet::${request.getType()}::${name}`);
      response.setId(name);
      response.setObject(Struct.fromJavaScript({ ...request.getObject()?.toJavaScript(), stdout: `said ${name}` }));
      return response;
    }),
    registerResourceOutputs: answer((request: Request<'RegisterResourceOutputsRequest'>) => {
      outputs = request.getOutputs()?.toJavaScript() ?? {};
      return new Empty();
    }),
    signalAndWaitForShutdown: answer(() => new Empty()),
  };
  const host: UntypedServiceImplementation = {
    log: answer((request: InstanceType<typeof engine.LogRequest>) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) errors.push(request.getMessage());
      return new Empty();
    }),
    getRootResource: answer(() => new engine.GetRootResourceResponse()),
    setRootResource: answer(() => new engine.SetRootResourceResponse()),
  };
  const server = new Server();
  server.addService(proto('resource_grpc_pb.js').ResourceMonitorService, monitor);
  server.addService(proto('engine_grpc_pb.js').EngineService, host);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const address = `127.0.0.1:${port}`;
  const runner = join(import.meta.dirname, 'node_modules/@pulumi/pulumi/cmd/run/index.js');
  const where = [
    '--project',
    'punktfunk-fleet',
    '--stack',
    'home',
    '--pwd',
    import.meta.dirname,
    '--monitor',
    address,
    '--engine',
    address,
  ];
  const child = startChild([process.execPath, runner, ...where, 'main.ts'], {
    environment: {
      PATH: process.env.PATH,
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secrets),
    },
  });
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  server.forceShutdown();
  return { code, registered, outputs, errors };
}

const config = {
  'punktfunk:image': fleet.image,
  'punktfunk:digest': fleet.digest,
  'punktfunk:machines': JSON.stringify(fleet.machines),
  'punktfunk:runners': JSON.stringify(fleet.runners),
  'punktfunk:runner_service': JSON.stringify(fleet.runner_service),
  'punktfunk:ssh_key': 'THE-KEY',
  'punktfunk:runner_token': 'THE-TOKEN',
};
const secrets = ['punktfunk:ssh_key', 'punktfunk:runner_token'];

t.test('Pulumi loads the program as it is, and gets its resources', async (t) => {
  const { code, registered, outputs, errors } = await run(config, secrets);
  t.strictSame(errors, []);
  t.equal(code, 0);
  t.strictSame([...registered].sort(), ['rollout-desk', 'rollout-sofa', 'runner-bench']);
  t.ok(registered.indexOf('rollout-sofa') < registered.indexOf('rollout-desk'));
  t.equal(outputs.wanted, `${fleet.image}@${wanted_digest}`);
  t.strictSame(outputs.said, ['said rollout-sofa', 'said rollout-desk']);
  t.notMatch(JSON.stringify(outputs), /THE-KEY|THE-TOKEN/);
});

t.test('the first rollout fails: the second is not even asked for', async (t) => {
  const { code, registered } = await run(config, secrets, 'rollout-sofa');
  t.not(code, 0);
  t.notOk(registered.includes('rollout-desk'), `registered: ${registered}`);
});

t.test('wrong settings are told, and nothing is asked for', async (t) => {
  const { code, registered, errors } = await run(
    { ...config, 'punktfunk:digest': 'latest', 'punktfunk:machines': '[{"name":"sofa"}]' },
    secrets,
  );
  t.not(code, 0);
  t.strictSame(registered, []);
  t.match(errors.join('\n'), /digest is "latest", and must be "sha256:".*\nmachines\[0\]\.address is missing/);
});
