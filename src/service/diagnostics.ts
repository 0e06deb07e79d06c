// What somebody who helps needs to know, in one file: bounded, and without what is nobody else's.

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { App } from '../config/app.ts';
import type { Config } from '../config/load.ts';
import { reasonOf } from '../errors.ts';
import { tarOf } from './tar.ts';

/** Of one file in it; what is longer is cut, and says so. */
const max_file_length = 2 << 20;

const left_out = '[left out]';

/** Values of variables and arguments of commands may be passwords: how many there are is told. */
export function settingsWithoutSecrets({ apps, ...settings }: Config): object {
  const command = ([program, ...words]: readonly string[] = []) => program && [program, ...words.map(() => left_out)];
  return {
    ...settings,
    apps: apps.map(({ environment, prepare, command: own, ...app }: App) => ({
      ...app,
      command: command(own),
      environment: environment && Object.fromEntries(Object.keys(environment).map((name) => [name, left_out])),
      prepare: prepare?.map((step) => ({ do: command(step.do), undo: command(step.undo) })),
    })),
  };
}

/** One that fails is told in its place. */
export type Sources = Readonly<Record<string, () => unknown>>;

/** The archive, compressed. */
export async function bundleOf(sources: Sources, now = new Date()): Promise<Buffer> {
  const files: { name: string; text: string }[] = [];
  for (const [name, look] of Object.entries(sources)) {
    const text = await Promise.resolve()
      .then(look)
      .then((found) => (typeof found === 'string' ? found : `${JSON.stringify(found, null, 2)}\n`))
      .catch((error: unknown) => `This could not be found out: ${reasonOf(error)}.\n`);
    const cut = text.length > max_file_length ? `${text.slice(0, max_file_length)}\n[cut]\n` : text;
    files.push({ name: `punktfunk-diagnostics/${name}`, text: cut });
  }
  return promisify(gzip)(tarOf(files, now));
}

export const diagnostics_readme = `What a punktfunk host knew of itself when this was made: for whoever looks for the cause of a fault.

It has no key, password or PIN, no value of a variable and no argument of a command. It does have names and addresses of clients, names of
applications, and the latest lines of the log: look it through before you give it away.
`;
