// Figures and times as people read them, in the browser's own language where that has a form.

const number = (digits: number) => new Intl.NumberFormat(undefined, { maximumFractionDigits: digits });
const whole = number(0);
const one_digit = number(1);
const two_digits = number(2);

/** Three figures are enough to see, and stand still. */
export function amount(value: number): string {
  if (Math.abs(value) >= 100) return whole.format(value);
  return Math.abs(value) >= 10 ? one_digit.format(value) : two_digits.format(value);
}

export const milliseconds = (us: number): string => `${amount(us / 1000)} ms`;
export const percent = (share: number): string => `${amount(share * 100)} %`;

export function bitRate(kbps: number): string {
  return kbps >= 1000 ? `${amount(kbps / 1000)} Mbps` : `${whole.format(kbps)} kbps`;
}

/** 3 h 05 min, 4 min 10 s, 12 s. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(s / 86_400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(s % 60).padStart(2, '0')} s` : `${s} s`;
}

/** 1:02:05, 4:10, 0:12: where many stand beside each other. */
export function clock(seconds: number): string {
  const two = (part: number) => String(part % 60).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  const tail = two(Math.floor(seconds));
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** "5 minutes ago", "in 3 days". */
export function fromNow(time: string, now_ms = Date.now()): string {
  const seconds = (Date.parse(time) - now_ms) / 1000;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

const date_and_time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
/** What is no time is shown as it is. */
export const dateAndTime = (time: string): string =>
  Number.isNaN(Date.parse(time)) ? time : date_and_time.format(new Date(time));

/** A part of one as a whole one. */
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?:…]$/.test(text) ? '' : '.'}`;

/** As it is read aloud and compared. */
export const fingerprint = (hex: string): string => (hex.match(/../g) ?? []).join(':').toUpperCase();

/** 2030-01-31, here; empty for no time. */
export function dayOf(time: string | null): string {
  if (time === null) return '';
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The last second of a day, here; null for none. */
export const endOfDay = (day: string): string | null => (day === '' ? null : new Date(`${day}T23:59:59`).toISOString());
