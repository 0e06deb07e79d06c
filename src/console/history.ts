// The last two minutes of each stream, a report a second, as long as the page is open.

import type { Frame, Statistics } from './types.ts';

export const kept_seconds = 120;
/** Of the newest reports the times of each picture are shown, too. */
const kept_frames = 600;

export interface Course {
  /** Oldest first. */
  reports: readonly Statistics[];
  frames: readonly Frame[];
}

export type History = ReadonlyMap<string, Course>;

const nothing: Course = { reports: [], frames: [] };

/** With one more report of a stream. */
export function remember(history: History, session_id: string, report: Statistics): History {
  const { reports, frames } = courseOf(history, session_id);
  return new Map(history).set(session_id, {
    reports: [...reports, report].slice(-kept_seconds),
    frames: [...frames, ...(report.frames ?? [])].slice(-kept_frames),
  });
}

export const courseOf = (history: History, session_id: string): Course => history.get(session_id) ?? nothing;

/** From the compositor to the network. */
export const totalOf = ({ capture_us, convert_us, wait_us, encode_us, protect_us, send_us }: Frame): number =>
  capture_us + convert_us + wait_us + encode_us + protect_us + send_us;
