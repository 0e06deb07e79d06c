// What a stream is judged to be. Cut short is neither passed nor failed: a job that is cancelled says nothing about the host.

import type { StreamSummary } from './summary.ts';

export interface Limits {
  // Of the frames that were due, the share that may be missing.
  readonly max_lost_percent: number;
  // Of whole frames; 0 = none.
  readonly min_fps: number;
}

// Without limits of one's own a stream passes that a person could have watched.
export const default_max_lost_percent = 50;

export interface Verdict {
  readonly result: 'passed' | 'failed' | 'cut_short';
  // One sentence.
  readonly text: string;
}

// due_s: how long it was to last; 0 = until somebody ends it. interrupted: by a signal.
export function judge(summary: StreamSummary, limits: Limits, due_s: number, interrupted: boolean): Verdict {
  const { ended, video } = summary;
  if (!ended?.ok) return { result: 'failed', text: `The stream failed: ${ended?.text ?? 'it has no end'}.` };
  const seen_s = video?.duration_s ?? 0;
  const frames = video?.frames ?? 0;
  const missing = video?.frames_lost ?? 0;
  const lost_percent = frames + missing > 0 ? (missing * 100) / (frames + missing) : 100;
  const failures: string[] = [];
  if (lost_percent > limits.max_lost_percent) {
    failures.push(
      `${missing} of ${frames + missing} frames are missing (${lost_percent.toFixed(1)} %; at most ${limits.max_lost_percent} % may be)`,
    );
  }
  if (limits.min_fps > 0 && (video?.fps ?? 0) < limits.min_fps)
    failures.push(`${video?.fps ?? 0} frames/s came, and at least ${limits.min_fps} are wanted`);
  if (video && video.file_error !== '') failures.push(video.file_error);
  if (failures.length > 0) return { result: 'failed', text: `The stream failed: ${failures.join('; ')}.` };
  if (interrupted && due_s > 0)
    return { result: 'cut_short', text: `Cut short after ${seen_s.toFixed(1)} of ${due_s} s: this says nothing yet.` };
  return {
    result: 'passed',
    text: `The stream was good: ${frames} frames in ${seen_s.toFixed(1)} s, ${missing} missing.`,
  };
}
