// The totals in Prometheus' text format. Loaded when somebody asks for the first time: who is not measured does without prom-client.

import { Counter, Gauge, Registry } from 'prom-client';
import { histogramOf } from './histogram.ts';
import type { Count, Totals } from './totals.ts';

/** What is looked at when it is asked for. */
export interface Readings {
  version: string;
  started_at_s: number;
  /** Of the host's own process. */
  memory_bytes: number;
  cpu_s: number;
  /** Of its engines, added up. */
  engine_memory_bytes: number;
  streams: number;
  applications: number;
  paired_clients: number;
  requests_refused: number;
  connections_closed: number;
  /** Of each stream that is on, by its client's name. */
  round_trips: readonly { client: string; round_trip_ms: number }[];
}

/** Name without punktfunk_ and _total, and what it counts. Units are Prometheus' own: seconds, bytes. */
const counters: Readonly<Record<string, { of: Count; help: string; scale?: number }>> = {
  sessions_started: { of: 'sessions_started', help: 'Streams that were launched or resumed.' },
  sessions_ended: { of: 'sessions_ended', help: 'Streams that have ended.' },
  engine_restarts: { of: 'engine_restarts', help: 'Engines that took the place of one that died.' },
  engine_cpu_seconds: { of: 'engine_cpu_ms', help: 'Processor time of the engines.', scale: 1e-3 },
  pairings: { of: 'pairings', help: 'Clients that were paired.' },
  pairings_failed: { of: 'pairings_failed', help: 'Pairings that failed.' },
  frames_captured: { of: 'frames_captured', help: 'Pictures taken from the desktop.' },
  frames_passed_over: { of: 'frames_passed_over', help: 'Pictures taken and not encoded: a newer one came first.' },
  frames_encoded: { of: 'frames_encoded', help: 'Pictures encoded.' },
  frames_sent: { of: 'frames_sent', help: 'Pictures sent.' },
  frames_repeated: { of: 'frames_repeated', help: 'Pictures sent that the client had before.' },
  frames_cut_short: { of: 'frames_cut_short', help: 'Pictures of which not all could be sent.' },
  frames_lost: { of: 'frames_lost', help: 'Pictures that clients reported as given up.' },
  frames_repaired: { of: 'frames_repaired', help: 'Pictures that clients reported as repaired by parity.' },
  packets_missing: { of: 'packets_missing', help: 'Packets that these pictures lacked.' },
  frames_missed: { of: 'frames_missed', help: 'Pictures that clients could have had and did not get.' },
  idr_frames: { of: 'idr_frames', help: 'Pictures sent that need no other one.' },
  idr_requests: { of: 'idr_requests', help: 'Requests of clients for a picture that needs no other one.' },
  sent_bytes: { of: 'sent_bytes', help: 'Bytes of picture and parity given to the network.' },
  sent_datagrams: { of: 'sent_datagrams', help: 'Datagrams of picture and parity given to the network.' },
  sent_parity_datagrams: { of: 'sent_parity_datagrams', help: 'Of them, those with parity.' },
  send_would_block: { of: 'send_would_block', help: 'Times that the network took nothing.' },
  audio_packets: { of: 'audio_packets', help: 'Packets of sound sent.' },
  audio_underruns: { of: 'audio_underruns', help: 'Packets of sound for which the sound server was late.' },
  input_events: { of: 'input_events', help: 'Events of keyboards, pointers and pads that clients sent.' },
  input_events_ignored: { of: 'input_events_ignored', help: 'Of them, those with which nothing could be done.' },
  control_messages_refused: {
    of: 'control_messages_refused',
    help: "Control messages that were not the client's, or were sent before.",
  },
};

type Gauges = Readonly<Record<string, { help: string; value: (readings: Readings) => number }>>;

const gauges: Gauges = {
  process_start_time_seconds: { help: 'When the host was started, since 1970.', value: (now) => now.started_at_s },
  process_resident_memory_bytes: { help: "Memory of the host's process.", value: (now) => now.memory_bytes },
  punktfunk_engines_resident_memory_bytes: {
    help: 'Memory of its engines, added up.',
    value: (now) => now.engine_memory_bytes,
  },
  punktfunk_streams: { help: 'Streams that are on.', value: (now) => now.streams },
  punktfunk_applications: { help: 'Applications that run, watched or not.', value: (now) => now.applications },
  punktfunk_paired_clients: { help: 'Clients that may stream.', value: (now) => now.paired_clients },
};

export async function expositionOf({ counts, latency, stages }: Totals, readings: Readings): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const count = (name: string, help: string, value: number) => new Counter({ name, help, registers }).inc(value);
  for (const [name, { help, value }] of Object.entries(gauges))
    new Gauge({ name, help, registers }).set(value(readings));
  count('process_cpu_seconds_total', "Processor time of the host's process.", readings.cpu_s);
  for (const [name, { of, help, scale = 1 }] of Object.entries(counters))
    count(`punktfunk_${name}_total`, help, counts[of] * scale);
  count(
    'punktfunk_requests_refused_total',
    'Requests of unpaired machines that were refused.',
    readings.requests_refused,
  );
  count(
    'punktfunk_connections_closed_total',
    'Connections of unpaired machines that were closed: there were too many.',
    readings.connections_closed,
  );
  new Gauge({ name: 'punktfunk_build_info', help: 'Always 1.', labelNames: ['version'], registers }).set(
    { version: readings.version },
    1,
  );
  const round_trip = new Gauge({
    name: 'punktfunk_round_trip_seconds',
    help: 'To the client of a stream and back.',
    labelNames: ['client'],
    registers,
  });
  for (const { client, round_trip_ms } of readings.round_trips) round_trip.set({ client }, round_trip_ms / 1000);
  const histograms = [
    histogramOf('punktfunk_frame_latency_seconds', 'From presentation to the network, of each new picture.', [
      { labels: '', latency },
    ]),
    histogramOf(
      'punktfunk_frame_stage_seconds',
      'Of it, in each stage.',
      stages.map(({ stage, latency }) => ({ labels: `stage="${stage}"`, latency })),
    ),
  ];
  return (await registry.metrics()) + histograms.join('');
}
