// What is built: whether it loads, encodes and gets its priority. Each is tried in a process of its own, as an engine would be: a file that
// is there may lack its libraries, and a library may end the process that loads it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { makeRuntimeDir } from '../config/paths.ts';
import { buildStart } from '../contract/builder.ts';
import type { Capabilities } from '../contract/capabilities.ts';
import type { EngineMessage } from '../contract/messages.ts';
import { problemReport, reasonOf } from '../errors.ts';
import { native_dir, repair } from '../installation.ts';
import { probeCapabilities } from '../session/capabilities.ts';
import { makeCheckpoint } from '../session/checkpoint.ts';
import { engineOptions } from '../session/engine-options.ts';
import { EngineProcess } from '../session/engine-process.ts';
import { type Check, missing, note, ok } from './check.ts';

const addon = join(native_dir, 'punktfunk_engine.node');

/** The addon, and the encoders that it tries. */
export async function checkBuild(): Promise<Check> {
  const broken = await loadFailure(addon);
  if (broken) return missing('build', broken, repair);
  let found: Capabilities;
  try {
    found = await probeCapabilities({ forkEngine: () => engine(() => {}), module_dir: native_dir });
  } catch (error) {
    return missing('build', `no encoder can be tried: ${reasonOf(error)}`, repair);
  }
  const works = found.encoders.filter(({ failure }) => failure === null).map(({ name }) => name);
  const failures = found.encoders.flatMap(({ failure }) => (failure ? [problemReport(failure).message] : [])).join(' ');
  if (works.length === 0) return missing('build', `no encoder works. ${failures}`, repair);
  const detail = `engine and encoders (${works.join(', ')}), parity by ${found.instruction_set}`;
  return failures === '' ? ok('build', detail) : note('build', `${detail}. ${failures}`, repair);
}

const engine = (onMessage: (message: EngineMessage) => void) =>
  new EngineProcess({ ...engineOptions(), log: pino({ level: 'silent' }) }, onMessage);

const load_script =
  'try { process.dlopen({ exports: {} }, process.argv[1]) } catch (error) { console.log(error.message) }';

/** Why the library cannot be loaded; undefined when it can. */
async function loadFailure(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return `${path} is missing`;
  const { said, ended } = await runLikeEngine(load_script, path);
  const [first = ''] = said.split('\n');
  return ended === 0 ? first || undefined : `loading ${path} ends the process (${ended})`;
}

const priority_script = 'console.log(require(process.argv[1]).soundPriority())';

/** `granted`: what a thread that asked for it was given (native/engine/threads/threads.h), under the limits of whoever runs the check. */
export async function checkPriority(granted?: string): Promise<Check> {
  switch (granted ?? (await runLikeEngine(priority_script, addon)).said.trim()) {
    case 'realtime':
      return ok('priority', 'the thread that sends sound runs in real time');
    case 'nice':
      return ok('priority', 'the thread that sends sound goes before others (nice), not in real time');
    default:
      return note(
        'priority',
        'the thread that sends sound has no priority: it may stutter while the processor is busy',
        'install rtkit, or allow it: for a service LimitRTPRIO=20 and LimitNICE=-11, else those for your user in /etc/security/limits.d',
      );
  }
}

async function runLikeEngine(script: string, file: string): Promise<{ said: string; ended: number | string | null }> {
  const { exec_path, environment } = engineOptions();
  const child = spawn(exec_path, ['-e', script, file], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { said, ended: child.signalCode ?? child.exitCode };
}

/** A real engine that encodes a small painted picture: its libraries load and an encoder works. */
export async function checkEngine(): Promise<Check> {
  let problem = '';
  const runtime = makeRuntimeDir(process.env);
  try {
    const tried = engine((message) => {
      if (message.type === 'problem') problem = problemReport(message.failure).message;
    });
    await tried.start(
      buildStart({ module_dir: native_dir, checkpoint_path: makeCheckpoint(runtime.path, 'doctor').path }),
    );
    await tried.stop();
    return ok('engine', 'it starts, and its encoder works');
  } catch (error) {
    return missing('engine', problem || reasonOf(error), repair);
  } finally {
    runtime.remove();
  }
}
