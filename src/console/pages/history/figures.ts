// What two streams come to, beside each other.

import type { components } from '../../../api/schema.ts';
import { amount, bitRate, duration, milliseconds, percent } from '../../format.ts';
import { words } from '../../words.ts';

export type Recording = components['schemas']['Recording'];
export type RecordingDetail = components['schemas']['RecordingDetail'];
type Figures = NonNullable<Recording['figures']>;

const say = words.history.figures;
const unknown = '–';
const ms = (us: number | null): string => (us === null ? unknown : milliseconds(us));

interface Row {
  name: string;
  /** In the order of the recordings. */
  values: string[];
  /** The second against the first; none where that tells nothing. */
  change: string | undefined;
}

type Pick = (figures: Figures) => number | null;

const rows: readonly { name: string; pick: Pick; form: (value: number) => string; compared: boolean }[] = [
  { name: say.duration, pick: ({ duration_s }) => duration_s, form: duration, compared: false },
  { name: say.latency_p50, pick: ({ latency_p50_us }) => latency_p50_us, form: ms, compared: true },
  { name: say.latency_p95, pick: ({ latency_p95_us }) => latency_p95_us, form: ms, compared: true },
  { name: say.latency_p99, pick: ({ latency_p99_us }) => latency_p99_us, form: ms, compared: true },
  { name: say.latency_worst, pick: ({ latency_worst_p95_us }) => latency_worst_p95_us, form: ms, compared: true },
  {
    name: say.round_trip,
    pick: ({ round_trip_ms }) => round_trip_ms,
    form: (value) => ms(value * 1000),
    compared: true,
  },
  { name: say.bit_rate, pick: ({ bitrate_kbps }) => bitrate_kbps, form: bitRate, compared: true },
  { name: say.sent, pick: ({ sent }) => sent, form: amount, compared: false },
  { name: say.missed, pick: ({ missed }) => missed, form: amount, compared: false },
  { name: say.passed_over, pick: ({ passed_over }) => passed_over, form: amount, compared: false },
  { name: say.cut_short, pick: ({ cut_short }) => cut_short, form: amount, compared: false },
  { name: say.lost, pick: ({ lost }) => lost, form: amount, compared: false },
  { name: say.repaired, pick: ({ repaired }) => repaired, form: amount, compared: false },
  { name: say.packets_missing, pick: ({ packets_missing }) => packets_missing, form: amount, compared: false },
  { name: say.parity, pick: ({ parity }) => parity, form: percent, compared: false },
];

export function compared(figures: readonly (Figures | null)[]): Row[] {
  return rows.map(({ name, pick, form, compared }) => {
    const values = figures.map((one) => one && pick(one));
    const [first, second] = values;
    return {
      name,
      values: values.map((value) => (value === null ? unknown : form(value))),
      change: compared && first && typeof second === 'number' ? signed((second - first) / first) : undefined,
    };
  });
}

function signed(share: number): string {
  return `${share > 0 ? '+' : ''}${percent(share)}`.replace('-', '−');
}
