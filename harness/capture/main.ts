// `punktfunk-harness capture`: how a capture backend gets the pictures of a desktop: how late, how many, and whether they are whole.

import { each } from '../kit/lists.ts';
import { command } from '../kit/measurement.ts';
import { MeterError, meter } from '../kit/meter.ts';
import { NotMeasured } from '../kit/run.ts';
import { startBeacon } from './beacon.ts';
import { type Desktop, openOwn, sessionHere, swayVersion } from './desktop.ts';
import { addMoving, type CapturedFrame, isEnd, type SourceEnd } from './frames.ts';
import { type Backend, backendOf, type CaptureRun, options } from './options.ts';
import { measureIdle, measureKilled, measureLost, measureResize } from './scenarios.ts';
import { type Captured, linesOf } from './source.ts';

export const capture = command({
  name: 'capture',
  summary: 'how late, how many and how whole captured pictures are',
  operands: '[options]',
  about: `The beacon paints on a desktop, and each capture backend gets its pictures: the
number and time painted into each tell which it is and how late it comes, and each
is painted again to see whether all of it is there. On a desktop of our own also:
the size changes, nothing moves, the output is taken away. Without a session here,
or with --desktop own, a headless Sway is started. The portal may ask the person at
the screen.`,
  examples: ['--json --out capture.json', '--backend wlroots --desktop own --max-loss 5 --max-p95-ms 40'],
  options,
  limits: ['max-loss', 'min-fps', 'max-p95-ms'],
  budget_s: 600,
  async measure(run) {
    const missing: string[] = [];
    for (const backend of each(run.values.backend, backendOf)) {
      if (run.signal.aborted) return;
      try {
        await measureBackend(run, backend);
      } catch (error) {
        if (!(error instanceof NotMeasured)) throw error;
        missing.push(error.message);
        run.note(`${backend} is not measured: ${error.message}`);
      }
    }
    if (missing.length > 0 && run.wholeCases().length === 0) throw new NotMeasured([...new Set(missing)].join(' '));
  },
});

async function openDesktop(run: CaptureRun, backend: Backend): Promise<Desktop> {
  const { desktop, width, height, fps } = run.values;
  const here = desktop === 'own' ? undefined : sessionHere();
  if (here) {
    run.note('In the session that is here; its size does not change, and it keeps its outputs.');
    return here;
  }
  if (desktop === 'here')
    throw new NotMeasured('No session is here: WAYLAND_DISPLAY is not set. --desktop own starts one.');
  run.progress(`${backend}: a headless Sway starts …`);
  const own = await openOwn({ width, height, fps, portal: backend === 'portal' });
  run.versions.sway = swayVersion();
  run.note('In a headless Sway of our own, whose software renderer takes CPU beside what is measured.');
  return own;
}

async function measureBackend(run: CaptureRun, backend: Backend): Promise<void> {
  const own = await inDesktop(run, backend, [measureMoving, measureResize, measureIdle, measureLost]);
  // The first one may have no output any more.
  if (own && !run.signal.aborted) await inDesktop(run, backend, [measureKilled]);
}

/** Of a session that is there only the first is measured, which changes nothing. Resolves with whether the desktop was ours. */
async function inDesktop(
  run: CaptureRun,
  backend: Backend,
  measures: readonly ((on: Captured) => Promise<void>)[],
): Promise<boolean> {
  const program = meter('capture-meter');
  const desktop = await openDesktop(run, backend);
  try {
    for (const measure of desktop.own ? measures : measures.slice(0, 1))
      if (!run.signal.aborted) await measure({ run, backend, desktop, program });
    return desktop.own;
  } catch (error) {
    if (!(error instanceof MeterError)) throw error;
    throw new NotMeasured(`the backend cannot be opened here: ${error.message}`);
  } finally {
    await desktop.close();
  }
}

async function measureMoving(on: Captured): Promise<void> {
  const { run, backend, desktop } = on;
  const { motion, seconds } = run.values;
  const beacon = await startBeacon(desktop, ['--motion', motion], run.signal);
  try {
    run.progress(`${backend}: pictures that move …`);
    const frames: CapturedFrame[] = [];
    let end: SourceEnd | undefined;
    for await (const line of linesOf(on, seconds, motion)) {
      if (isEnd(line)) end = line;
      // Until the beacon's window has the whole screen there is another picture.
      else if (frames.length > 0 || line.number !== undefined) frames.push(line);
    }
    if (frames.length === 0 && !run.signal.aborted)
      throw new NotMeasured(`no picture of the beacon came (${end?.failure ?? 'the source says nothing'}).`);
    addMoving(run, run.newCase(`${backend}: moving`), frames, end);
    if (end?.failure !== undefined) run.fail(`${backend}: the source ended: ${end.failure}.`);
  } finally {
    await beacon.end();
  }
}
