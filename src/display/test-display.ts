// For tests: the test picture with some of its answers replaced.

import type { Display, Output } from './display.ts';
import { syntheticDisplay } from './drivers/synthetic.ts';

/** As a session of somebody's own is. */
export const one_output = { capabilities: { exact_mode: true, max_outputs: 1 } };

export function testDisplay(answers: Partial<Display> = {}): Display {
  const display = syntheticDisplay();
  for (const [name, value] of Object.entries(answers)) Object.defineProperty(display, name, { value });
  return display;
}

/** An output of the test picture with some of its answers replaced. */
export async function testOutput(answers: Partial<Output> = {}): Promise<Output> {
  const mode = { width: 1280, height: 720, refresh_mhz: 60_000 };
  return { ...(await syntheticDisplay().lease(mode, { id: 'test', name: 'test' }, true)), ...answers };
}
