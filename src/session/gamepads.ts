// How the kernel gives gamepads, and whether it gives them to this user.

import { accessSync, constants } from 'node:fs';
import type { Settings } from '../config/schema.ts';

/** Makes Xbox pads. */
const uinput = '/dev/uinput';
/** Makes all others: those with motion, touchpad and light. */
const uhid = '/dev/uhid';

export const gamepad_devices = [uinput, uhid] as const;

export function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a client's gamepad can have motion and a touchpad here. */
export const movingGamepads = ({ gamepad }: Pick<Settings, 'gamepad'>): boolean => gamepad !== 'xbox' && canWrite(uhid);
