// What happens to a desktop while it is captured: its size changes, nothing moves, its output is taken away.

import { NotMeasured } from '../kit/run.ts';
import { startBeacon } from './beacon.ts';
import { tellSway } from './desktop.ts';
import { isEnd } from './frames.ts';
import { type Captured, linesOf } from './source.ts';

const now_ns = (): number => Number(process.hrtime.bigint()); // CLOCK_MONOTONIC, as the meter's

const patience_s = 30;
const output = 'output HEADLESS-1'; // as harness/capture/in-sway names it
const other_sizes = ['800x600', '1280x720', '1600x900', '1024x768'];

/** How long until a picture of the new size is there, and all of it: the beacon's window takes that size a little after the output. */
export async function measureResize(on: Captured): Promise<void> {
  const { run, backend, desktop } = on;
  const beacon = await startBeacon(desktop, ['--motion', run.values.motion], run.signal);
  run.progress(`${backend}: the size changes …`);
  const took_ms: number[] = [];
  let asked: { size: string; at_ns: number } | undefined;
  try {
    for await (const line of linesOf(on, patience_s, run.values.motion)) {
      if (isEnd(line)) break;
      if (line.number === undefined) continue;
      if (asked) {
        const whole = (line.wrong_rows ?? 0) === 0;
        if (`${line.width}x${line.height}` !== asked.size || !whole) continue;
        took_ms.push((line.taken_ns - asked.at_ns) / 1e6);
      }
      const size = other_sizes[took_ms.length];
      if (size === undefined) break;
      asked = { size, at_ns: now_ns() };
      tellSway(desktop, `${output} mode --custom ${size}@${run.values.fps}Hz`);
    }
  } finally {
    await beacon.end();
  }
  const into = run.newCase(`${backend}: resized`);
  into.addSeries({
    name: 'new size to its whole picture',
    unit: 'ms',
    from: 'asked of Sway',
    to: 'captured',
    values: took_ms,
  });
  into.addCount('sizes asked for', asked ? Math.min(other_sizes.length, took_ms.length + 1) : 0);
  into.addCount('sizes that came', took_ms.length);
  if (took_ms.length < other_sizes.length && !run.signal.aborted)
    run.fail(`${backend}: no picture of ${asked?.size ?? 'any size'} came within ${patience_s} s.`);
}

const settled_ns = 1e9;
const idle_s = 3;

/** A picture that stands: what comes nevertheless, and what it costs. */
export async function measureIdle(on: Captured): Promise<void> {
  const { run, backend, desktop } = on;
  run.progress(`${backend}: nothing moves …`);
  const beacon = await startBeacon(desktop, ['--still'], run.signal);
  const into = run.newCase(`${backend}: nothing moves`);
  try {
    let first_ns: number | undefined;
    let late = 0;
    for await (const line of linesOf(on, idle_s)) {
      if (!isEnd(line)) {
        first_ns ??= line.taken_ns;
        if (line.taken_ns - first_ns > settled_ns) late++;
        continue;
      }
      if (first_ns === undefined) {
        run.note(`${backend}: of a desktop that stands no picture comes, before something moves.`);
        continue;
      }
      into.addCount('pictures after the first second', late);
      const seconds = (line.ended_ns - first_ns) / 1e9;
      into.addCount('CPU of all threads', line.process_cpu_us / 1000 / seconds, 'ms/s');
    }
  } finally {
    await beacon.end();
  }
}

/** How long until the source says that what it captured is gone, after `takeAway`. */
async function measureGone(on: Captured, what: string, takeAway: () => void): Promise<void> {
  const { run, backend, desktop } = on;
  run.progress(`${backend}: ${what} …`);
  const beacon = await startBeacon(desktop, ['--motion', run.values.motion], run.signal);
  let gone_ns: number | undefined;
  try {
    for await (const line of linesOf(on, patience_s)) {
      if (!isEnd(line)) {
        if (gone_ns !== undefined || line.number === undefined) continue;
        gone_ns = now_ns();
        takeAway();
      } else if (gone_ns !== undefined && line.failure === undefined) {
        run.fail(`${backend}: ${what}, and ${patience_s} s later the source had not said so.`);
      } else if (gone_ns !== undefined) {
        const values = [(line.ended_ns - gone_ns) / 1e6];
        const into = run.newCase(`${backend}: ${what}`);
        into.addSeries({ name: 'gone to told', unit: 'ms', from: 'taken away', to: 'the source ends', values });
        run.note(`${backend}: ${what}: the source tells it as ${line.failure}.`);
      }
    }
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    run.note(`${backend}: ${what}: not measured. ${error.message}`);
  } finally {
    await beacon.end();
  }
}

/** Sway takes headless outputs away since 1.8; an older one answers "disable" with success, and goes on showing it. */
export const measureLost = (on: Captured): Promise<void> =>
  measureGone(on, 'output taken away', () => tellSway(on.desktop, `${output} unplug`));

/** The last one: nothing can be captured after it. */
export const measureKilled = (on: Captured): Promise<void> =>
  measureGone(on, 'compositor killed', () => process.kill(Number(on.desktop.environment.COMPOSITOR_PID), 'SIGKILL'));
