// One backend on one desktop, and what the meter tells of its pictures.

import { readMeter } from '../kit/meter.ts';
import type { Desktop } from './desktop.ts';
import type { MeterLine } from './frames.ts';
import type { Backend, CaptureRun } from './options.ts';

/** What is captured how. */
export interface Captured {
  readonly run: CaptureRun;
  readonly backend: Backend;
  readonly desktop: Desktop;
  readonly program: string;
}

/** The meter's lines, as they come. */
export function linesOf({ run, backend, desktop, program }: Captured, seconds: number, motion?: string) {
  const { width, height, fps } = run.values;
  const asked = ['--source', backend, '--size', `${width}x${height}`, '--fps', fps];
  const compared = motion === undefined ? [] : ['--motion', motion];
  return readMeter<MeterLine>(program, [...asked, ...compared, '--seconds', Math.ceil(seconds)], {
    signal: run.signal,
    environment: desktop.environment,
  });
}
