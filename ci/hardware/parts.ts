// What is measured of a machine, in each round: the kit at small sizes, and the desktop that is there.

import { type Part, parts } from '../../harness/measure/parts.ts';

/** Not of the machine: these judge the kit, and a soak's minute is of faults by chance. npm run measure has them. */
const of_kit: readonly string[] = ['self-check', 'compare', 'soak'];

export const hardware_parts: readonly Part[] = [
  ...parts.filter(({ name }) => !of_kit.includes(name)),
  { name: 'capture-here', words: ['capture', '--desktop', 'here', '--seconds', '3', '--budget-s', '90'] },
];
