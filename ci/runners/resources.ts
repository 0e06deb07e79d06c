// What Pulumi keeps: one command a runner over ssh, and one rollout a machine, each waiting for the one before it.

import { local, remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { FleetConfig } from './config.ts';
import { enrolCommand, retireCommand } from './enrol.ts';

export interface Secrets {
  /** The text of the private key that may log in to every host. */
  ssh_key: pulumi.Input<string>;
  /** What the runner service gave for new runners. It is short-lived, and needed only where something is new. */
  runner_token: pulumi.Input<string>;
}

export interface FleetResources {
  runners: remote.Command[];
  rollouts: local.Command[];
}

export function makeFleet(config: FleetConfig, secrets: Secrets): FleetResources {
  const ssh_key = pulumi.secret(secrets.ssh_key);
  const runner_token = pulumi.secret(secrets.runner_token);
  return { runners: makeRunners(config, ssh_key, runner_token), rollouts: makeRollouts(config, ssh_key) };
}

function makeRunners(
  config: FleetConfig,
  ssh_key: pulumi.Output<string>,
  token: pulumi.Output<string>,
): remote.Command[] {
  const service = config.runner_service;
  if (service === null) return [];
  return config.runners.map(
    (runner) =>
      new remote.Command(`runner-${runner.name}`, {
        connection: {
          host: runner.address,
          port: runner.port,
          user: runner.user,
          hostKey: runner.host_key,
          privateKey: ssh_key,
          dialErrorLimit: 5,
          perDialTimeout: 15,
        },
        // Without `update` a change of the text runs it again, which it is made for.
        create: enrolCommand(runner, service),
        delete: retireCommand(),
        stdin: token,
      }),
  );
}

function makeRollouts({ image, digest, machines }: FleetConfig, ssh_key: pulumi.Output<string>): local.Command[] {
  const rollouts: local.Command[] = [];
  for (const machine of machines) {
    const before = rollouts.at(-1);
    rollouts.push(
      new local.Command(
        `rollout-${machine.name}`,
        {
          create: 'node roll-out.ts -',
          dir: import.meta.dirname,
          stdin: JSON.stringify({ image, digest, machines: [machine] }),
          environment: { PUNKTFUNK_SSH_KEY: ssh_key },
          triggers: [image, digest],
        },
        // Pulumi starts nothing whose dependency failed: the chain is what leaves the rest untouched.
        { ...(before ? { dependsOn: [before] } : {}), customTimeouts: { create: '3h', update: '3h' } },
      ),
    );
  }
  return rollouts;
}
