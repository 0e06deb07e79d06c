// Runs of a machine that is not there, for tests.

import type { Figure, MachineRun } from '../../harness/kit/machine-run.ts';
import { parseMachineRun } from '../../harness/kit/machine-run.ts';
import { random } from '../../harness/kit/statistics.ts';

interface Changes extends Partial<Omit<MachineRun, 'machine' | 'commit'>> {
  readonly machine?: Partial<MachineRun['machine']>;
  readonly commit?: Partial<MachineRun['commit']>;
}

/** `number`: of its commit, in their order. */
export function machineRun(number: number, changes: Changes = {}): MachineRun {
  const run: MachineRun = {
    document: 'machine run',
    version: 1,
    started: `2026-03-${String(number + 1).padStart(2, '0')}T12:00:00.000Z`,
    ended: `2026-03-${String(number + 1).padStart(2, '0')}T12:40:00.000Z`,
    versions: { punktfunk: '1', sway: '1.10' },
    rounds: 8,
    parts: [{ name: 'latency', words: ['latency', '--seconds', '25'], result: 'passed', text: 'Measured.', notes: [] }],
    figures: [],
    missing: [],
    ...changes,
    machine: {
      ...{
        name: 'bench',
        chip: 'a chip',
        cores: 8,
        memory_mb: 16_000,
        kernel: '6.12',
        distribution: 'Debian',
        load: 0.1,
      },
      graphics: [{ card: 'card0', id: '1002:744c', name: 'A Card', driver: 'amdgpu', video: 'Mesa 25' }],
      ...changes.machine,
    },
    commit: {
      id: number.toString(16).padStart(40, 'a'),
      committed: `2026-03-${String(number + 1).padStart(2, '0')}T10:00:00.000Z`,
      changed: false,
      ...changes.commit,
    },
  };
  return parseMachineRun(JSON.stringify(run), 'made');
}

/** Middles as a machine has them: from run to run a little other, from round to round too. */
export function rounds(middle: number, seed: number, noise = 0.02, count = 8): number[] {
  const next = random(seed);
  return Array.from({ length: count }, () => middle * (1 + noise * (next() + next() + next() - 1.5)));
}

export const figure = (name: string, values: number[], changes: Partial<Figure> = {}): Figure => ({
  ...{ part: 'latency', case: '720p60', name, unit: 'ms', from: 'a', to: 'b', better: 'less', error: 0 },
  rounds: values,
  ...changes,
});
