// What a measurement of this machine can consist of: commands of the measuring kit, short. All of it is on desktops and ports of its own:
// what a person has on the screen is neither changed nor looked at.

import { join } from 'node:path';
import { package_root } from '../installation.ts';

export const part_names = ['latency', 'throughput', 'encode', 'capture'] as const;
export type PartName = (typeof part_names)[number];

interface Part {
  /** As they would be typed behind the kit's own name. */
  readonly words: readonly string[];
  /** It takes about so long, and is ended after its budget. */
  readonly about_s: number;
  readonly budget_s: number;
}

export const parts: Readonly<Record<PartName, Part>> = {
  latency: { words: ['latency', '--seconds', '10', '--input-seconds', '5'], about_s: 30, budget_s: 90 },
  throughput: { words: ['throughput', '--gbps', '0.1,1,max', '--seconds', '1'], about_s: 10, budget_s: 45 },
  encode: { words: ['encode', '--size', '1280x720', '--seconds', '1'], about_s: 30, budget_s: 90 },
  capture: { words: ['capture', '--desktop', 'own', '--seconds', '3'], about_s: 40, budget_s: 90 },
};

export const harness_main: string = join(package_root, 'harness/main.ts');
