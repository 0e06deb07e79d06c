// What a host has done since its start, added up: a few additions a second and stream, nothing more.

import {
  grownBy,
  latency_edges_us,
  latency_stages,
  type StageLatency,
  type Statistics,
} from '../contract/statistics.ts';
import type { HostEvent, HostEvents, SessionReport } from '../events.ts';

/** Counts of one report that are of its second alone. */
const by_second = {
  frames_captured: 'frames_captured',
  frames_passed_over: 'frames_dropped',
  frames_encoded: 'frames_encoded',
  frames_sent: 'frames_sent',
  frames_repeated: 'frames_repeated',
  frames_cut_short: 'frames_cut_short',
  idr_frames: 'idr_frames',
  sent_bytes: 'bytes_sent',
  sent_datagrams: 'datagrams_sent',
  sent_parity_datagrams: 'parity_datagrams',
  send_would_block: 'send_would_block',
} as const satisfies Record<string, keyof Statistics>;

/** Counts of an engine's whole life: what is added is the difference. */
const by_life = {
  audio_packets: ({ audio }: Statistics) => audio.packets,
  audio_underruns: ({ audio }: Statistics) => audio.underruns,
  input_events: ({ control }: Statistics) => control.input_events,
  input_events_ignored: ({ control }: Statistics) => control.input_ignored,
  control_messages_refused: ({ control }: Statistics) => control.refused + control.replayed,
  idr_requests: ({ control }: Statistics) => control.idr_requests,
  frames_repaired: ({ control }: Statistics) => control.frames_repaired,
  frames_lost: ({ control }: Statistics) => control.frames_lost,
  packets_missing: ({ control }: Statistics) => control.packets_missing,
} as const;

export type Count =
  | keyof typeof by_second
  | keyof typeof by_life
  | 'frames_missed'
  | 'engine_cpu_ms'
  | 'sessions_started'
  | 'sessions_ended'
  | 'engine_restarts'
  | 'pairings'
  | 'pairings_failed';

/** Of all pictures: how many took up to each of the contract's edges and above the one before it, the last above all; and together. */
export class Latency {
  readonly counts = new Array<number>(latency_edges_us.length + 1).fill(0);
  sum_us = 0;

  add({ counts, sum_us }: StageLatency): void {
    for (const [index, count] of counts.entries()) this.counts[index] = (this.counts[index] ?? 0) + count;
    this.sum_us += sum_us;
  }
}

export class Totals {
  readonly counts: Record<Count, number> = {
    frames_captured: 0,
    frames_passed_over: 0,
    frames_encoded: 0,
    frames_sent: 0,
    frames_repeated: 0,
    frames_cut_short: 0,
    frames_missed: 0,
    idr_frames: 0,
    sent_bytes: 0,
    sent_datagrams: 0,
    sent_parity_datagrams: 0,
    send_would_block: 0,
    audio_packets: 0,
    audio_underruns: 0,
    input_events: 0,
    input_events_ignored: 0,
    control_messages_refused: 0,
    idr_requests: 0,
    frames_repaired: 0,
    frames_lost: 0,
    packets_missing: 0,
    engine_cpu_ms: 0,
    sessions_started: 0,
    sessions_ended: 0,
    engine_restarts: 0,
    pairings: 0,
    pairings_failed: 0,
  };
  readonly latency = new Latency();
  readonly stages = latency_stages.map((stage) => ({ stage, latency: new Latency() }));
  /** The newest report of each stream that is on. */
  readonly #latest = new Map<string, Statistics>();

  constructor(events: HostEvents) {
    events.subscribe((event) => this.#hear(event));
    events.reports.subscribe((report) => this.#add(report));
  }

  #hear(event: HostEvent): void {
    const { counts } = this;
    if (event.type === 'pairing') {
      if (event.step === 'paired') counts.pairings++;
      if (event.step === 'failed') counts.pairings_failed++;
    } else if (event.type === 'session') {
      if (event.step === 'launched') counts.sessions_started++;
      if (event.step !== 'ended') return;
      counts.sessions_ended++;
      this.#latest.delete(event.session.id);
    } else if (event.type === 'problem' && event.code === 'engine_died') counts.engine_restarts++;
  }

  #add({ session, statistics, pictures }: SessionReport): void {
    const { counts } = this;
    for (const [name, field] of Object.entries(by_second)) counts[name as keyof typeof by_second] += statistics[field];
    counts.frames_missed += pictures?.missed ?? 0;
    counts.engine_cpu_ms += statistics.cpu_ms.process;
    const before = this.#latest.get(session.id);
    for (const [name, countOf] of Object.entries(by_life))
      counts[name as keyof typeof by_life] += grownBy(countOf(statistics), before && countOf(before));
    this.latency.add(statistics.latency.total);
    for (const { stage, latency } of this.stages) latency.add(statistics.latency[stage]);
    this.#latest.set(session.id, statistics);
  }
}
