// What was built and is installed (packaging/payload.txt), for steps that make packages or an image of a copy of the checkout.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sh } from '../harness/checks/command.ts';
import { root } from './step.ts';

const sources = [
  ...readFileSync(join(root, 'packaging/payload.txt'), 'utf8').matchAll(/^\/\S+ +\S+ +\S+ (?:tree:)?(build\/\S+)/gm),
].map(([, source = '']) => source);

/** From one checkout to the same places of another. */
export async function copyBuilt(from: string, to: string): Promise<void> {
  await sh`cd ${from} && cp -r --parents ${globSync(sources, { cwd: from })} build/libexec ${to}/`;
}
