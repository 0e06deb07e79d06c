import type { ConsoleState } from '../management/schema/access.ts';

/** Where it is found and how one gets in the first time, in lines for people. */
export function describeConsole({ addresses, fingerprint, set_up_code, first_visit_s }: ConsoleState): string[] {
  if (addresses.length === 0) return ['console   switched off'];
  return [
    `console   ${addresses.join(', ')}`,
    `          certificate ${fingerprint}`,
    ...(set_up_code === null
      ? []
      : [`          set-up code ${set_up_code}: with it the first visitor chooses the password`]),
    ...(first_visit_s > 0
      ? [`          for ${first_visit_s} s more a browser of this network may do so without the code`]
      : []),
  ];
}
