// What streaming needs of this machine, looked at one by one. Each check says what it saw and, when something is missing, the command that
// mends it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { outsideAddresses } from '../addresses.ts';
import type { Config } from '../config/load.ts';
import { proveDataDir } from '../config/paths.ts';
import { holderOfDataDir } from '../data-lock.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { repair, serve_command } from '../installation.ts';
import { type Ports, portsOf, refusedPorts } from '../ports.ts';
import { ClientStore } from '../trust/clients.ts';
import { openIdentity } from '../trust/identity.ts';
import { type Check, missing, note, ok } from './check.ts';
import { checkDesktop, type RunningHost } from './desktop-check.ts';
import { checkBuild, checkEngine, checkPriority } from './engine-checks.ts';
import { checkFirewall } from './firewall-check.ts';
import { checkGraphics, checkInput, checkNetwork, checkSound, checkVersions } from './machine-checks.ts';

const min_node = [24, 15] as const;

type Step = () => Check | Promise<Check>;

/** In their order. */
const check_names = [
  'versions',
  'node',
  'data',
  'build',
  'engine',
  'host',
  'desktop',
  'graphics',
  'sound',
  'priority',
  'input',
  'network',
  'firewall',
] as const;
export const check_count = check_names.length;

/** One after the other, so that whoever asked sees how far it is. */
export async function* runChecks(config: Config, running: RunningHost | undefined): AsyncGenerator<Check, void, void> {
  const desktop = checkDesktop(config, running, process.env);
  desktop.catch(() => {}); // told where its turn comes
  const steps: Readonly<Record<(typeof check_names)[number], Step>> = {
    versions: checkVersions,
    node: checkNode,
    data: () => checkDataDir(config),
    build: checkBuild,
    engine: checkEngine,
    host: () => checkHost(config, running?.pid),
    desktop: async () => (await desktop).check,
    graphics: checkGraphics,
    sound: async () => checkSound(process.env.XDG_RUNTIME_DIR ?? '', (await desktop).kind),
    priority: () => checkPriority(),
    input: checkInput,
    network: checkNetwork,
    firewall: () => checkFirewall(portsOf(config.base_port)),
  };
  for (const name of check_names) yield await attempt(name, steps[name]);
}

export const isComplete = (checks: readonly Check[]): boolean => checks.every(({ state }) => state !== 'missing');

/** All of them in a sentence. */
export function verdictOf(checks: readonly Check[], bind: string): string {
  const missing = checks.filter(({ state }) => state === 'missing').map(({ name }) => name);
  if (missing.length > 0) return `This machine cannot stream yet. What is missing: ${missing.join(', ')}.`;
  return outsideAddresses(bind).length > 0
    ? 'This machine can stream.'
    : 'This machine can stream, but only to programs on itself: no address of it can be reached from outside.';
}

/** A check that falls over is a line of the list like any other. */
async function attempt(name: string, check: Step): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    const { message, cure } = error instanceof PunktfunkError ? error : { message: reasonOf(error), cure: repair };
    return missing(name, message, cure);
  }
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > min_node[0] || (major === min_node[0] && minor >= min_node[1]);
  const detail = `Node ${process.versions.node}`;
  return enough ? ok('node', detail) : missing('node', `${detail} is too old, ${min_node.join('.')} is needed`, repair);
}

function checkDataDir(config: Config): Check {
  const exists = existsSync(config.data_dir);
  proveDataDir(config.data_dir);
  if (!exists) return ok('data', `${config.data_dir} will be made at the first start`);
  if (existsSync(join(config.data_dir, 'identity.json'))) openIdentity(config.data_dir);
  const clients = ClientStore.open(config.data_dir).list().length;
  return ok('data', `${config.data_dir}, ${clients} paired client${clients === 1 ? '' : 's'}`);
}

/** `answering`: the process that answers at the local API. Without one the ports have to be free, unless this directory's host has them. */
export async function checkHost(
  config: Pick<Config, 'data_dir' | 'base_port' | 'bind'>,
  answering?: number,
): Promise<Check> {
  if (answering !== undefined) return ok('host', `running, process ${answering}`);
  const silent = holderOfDataDir(config.data_dir);
  if (silent === undefined) return checkPorts(portsOf(config.base_port), config.bind);
  return note(
    'host',
    `process ${silent} has the data directory and does not answer: it is starting or ending, or it hangs`,
    `ask again in a moment; if it stays so: kill ${silent}`,
  );
}

async function checkPorts(ports: Ports, address: string): Promise<Check> {
  const refused = await refusedPorts(ports, address);
  if (refused.length === 0) return ok('ports', `${ports.https} to ${ports.rtsp} are free`);
  const other = refused.find(({ error }) => error.code !== 'PORT_TAKEN');
  if (other) return missing('ports', other.error.message, other.error.cure);
  return missing(
    'ports',
    `taken by another program: ${refused.map(({ port }) => port).join(', ')}`,
    `stop that program, or choose other ports: ${serve_command} --base-port 50000`,
  );
}
