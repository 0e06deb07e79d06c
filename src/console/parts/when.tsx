import { dateAndTime, fromNow } from '../format.ts';
import { words } from '../words.ts';

/** How long ago, or until when; the exact time is told by its title. */
export function When({ time, without = words.never }: { time: string | null; without?: string }) {
  return time === null ? (
    without
  ) : (
    <time dateTime={time} title={dateAndTime(time)}>
      {fromNow(time)}
    </time>
  );
}
