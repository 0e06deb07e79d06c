// What is measured of a machine, in each round: the kit at small sizes, and the desktop that is there.

import { type Part, parts } from '../../harness/measure/parts.ts';

/** self-check judges the kit and not the machine: npm run measure has it. */
export const hardware_parts: readonly Part[] = [
  ...parts.filter(({ name }) => name !== 'self-check'),
  { name: 'capture-here', words: ['capture', '--desktop', 'here', '--seconds', '3', '--budget-s', '90'] },
];
