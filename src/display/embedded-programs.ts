// What the embedded desktop is made of, and what it is better with.

import type { Shortcoming } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { DesktopPrograms } from './embedded-config.ts';

/** Programs without which there is no desktop, each with its package in Debian and Fedora. */
const needed_programs: Readonly<Record<string, string>> = {
  'dbus-daemon': 'dbus-daemon',
  pipewire: 'pipewire',
  wireplumber: 'wireplumber',
  sway: 'sway',
  setpriv: 'util-linux',
};

/** What is installed of what the desktop offers. */
export const installedPrograms = (path?: string): DesktopPrograms => ({
  terminal: findProgram('foot', path) !== undefined,
  launcher: findProgram('fuzzel', path) !== undefined,
});

/** Programs that a Sway needs in a desktop that is there, and that are not. */
export const missingForSway = (path?: string): string[] =>
  ['sway', 'setpriv'].filter((program) => !findProgram(program, path));

/** The needed programs that are not there. */
export const missingPrograms = (path?: string): string[] =>
  Object.keys(needed_programs).filter((program) => !findProgram(program, path));

/** The packages of these programs, each once. */
export const packagesOf = (programs: readonly string[]): string =>
  [...new Set(programs.map((program) => needed_programs[program] ?? program))].join(' ');

/** What a desktop is better with, with the Debian package of each and what fails without it. */
const wanted_programs: Readonly<Record<string, { package: string; without: string }>> = {
  'pipewire-pulse': {
    package: 'pipewire-pulse',
    without: 'programs that play through PulseAudio (browsers, games) are silent',
  },
  foot: { package: 'foot', without: 'the desktop has no terminal' },
  fuzzel: { package: 'fuzzel', without: 'the desktop has no list of applications' },
};

/** Each wanted program that is not there. */
export function lacking(path?: string): Extract<Shortcoming, { code: 'program_missing' }>[] {
  return Object.entries(wanted_programs)
    .filter(([program]) => !findProgram(program, path))
    .map(([program, wanted]) => ({ code: 'program_missing', parameters: { program, ...wanted } }));
}
