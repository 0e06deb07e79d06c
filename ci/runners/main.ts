// The Pulumi program: settings in, resources out.

import * as pulumi from '@pulumi/pulumi';
import { ConfigError, parseFleet } from './config.ts';
import { makeFleet } from './resources.ts';

const settings = new pulumi.Config('punktfunk');

function readFleet() {
  try {
    return parseFleet({
      image: settings.get('image'),
      digest: settings.get('digest'),
      machines: settings.getObject('machines'),
      runners: settings.getObject('runners'),
      runner_service: settings.getObject('runner_service'),
    });
  } catch (error) {
    // A RunError is told without the way through the code.
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}

const fleet = readFleet();
const { rollouts } = makeFleet(fleet, {
  ssh_key: settings.requireSecret('ssh_key'),
  runner_token: settings.getSecret('runner_token') ?? '',
});

export const wanted = `${fleet.image}@${fleet.digest}`;
/** What each machine's last rollout said, in order. */
export const said = rollouts.map(({ stdout }) => stdout);
