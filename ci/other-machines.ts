// The erasure codes as machines of other kinds run them, so that every kernel is tested on every machine: NEON, by a cross-compiler and
// qemu-user; GFNI and AVX-512, their instructions written out in plain C++.
// Debian packages: g++-aarch64-linux-gnu, qemu-user.

import { readFileSync } from 'node:fs';
import { Skip, sh } from '../harness/checks/command.ts';
import { type Ability, able, has } from './abilities.ts';
import { check, finish } from './step.ts';

/** One check for each case of the program. */
async function machine(name: string, ability: Ability, runner: readonly string[], ...options: string[]): Promise<void> {
  if (!(await able(name, ability))) return;
  const built = await check(
    `${name}: build`,
    () => sh`
    cmake -S native/test/core/fec_alone -B build/${name} -G Ninja -DCMAKE_BUILD_TYPE=Release ${options}
    cmake --build build/${name}`,
  );
  if (!built) return;
  const program = [...runner, `build/${name}/test_fec`];
  const cases = (await sh`${program} --list-test-cases`).split('\n').filter((line) => /^[a-z0-9]+: /.test(line));
  // Their names hold commas, which separate filters: each is a wildcard there.
  for (const one of cases) await check(`${name}: ${one}`, () => sh`${program} --test-case=${one.replaceAll(',', '?')}`);
}

const hasAvx2 = async () => {
  if (!/\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8')))
    throw new Skip('what is emulated stands beside AVX2, which this machine lacks');
};
await machine('gfni', hasAvx2, [], '-DPUNKTFUNK_EMULATE_GFNI=ON');
const compiler = 'aarch64-linux-gnu-g++';
const system = ['-DCMAKE_SYSTEM_NAME=Linux', '-DCMAKE_SYSTEM_PROCESSOR=aarch64', `-DCMAKE_CXX_COMPILER=${compiler}`];
await machine('aarch64', has(compiler, 'qemu-aarch64'), ['qemu-aarch64'], ...system);
finish();
