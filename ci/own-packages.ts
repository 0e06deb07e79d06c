// Folders that are npm packages of their own: what they need is installed there, once for each lock file.

import { sh } from '../harness/checks/command.ts';
import { check } from './step.ts';

/** No script of any package is run. */
export async function installPackages(folder: string, ...options: string[]): Promise<void> {
  const stamp = `build/stamps/${folder.replaceAll('/', '-')}`;
  const made_from = `${options.join(' ')} ${await sh`sha256sum <${folder}/package-lock.json`}`;
  if ((await sh`[ ! -d ${folder}/node_modules ] || cat ${stamp} || :`) === made_from) return;
  await check(
    `packages of ${folder} as its lock file has them`,
    () => sh`
    npm --prefix ${folder} ci ${options} --ignore-scripts --no-audit --no-fund --loglevel=error
    mkdir -p build/stamps && printf %s ${made_from} >${stamp}`,
  );
}
