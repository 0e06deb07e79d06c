// What a beacon that runs on the streamed desktop has written down.

import { readFileSync } from 'node:fs';

export interface BeaconLine {
  readonly event: string;
  readonly [key: string]: unknown;
}

export function beaconLines(file: string): BeaconLine[] {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // not started yet
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BeaconLine);
}

/** Everything that was typed into its window, as text. */
export function typedText(lines: readonly BeaconLine[]): string {
  return lines
    .filter((line) => line.event === 'key' && line.state === 'pressed')
    .map((line) => String(line.text ?? ''))
    .join('');
}
