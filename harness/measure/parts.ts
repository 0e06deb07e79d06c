// What is measured in ten minutes on a small machine: each command of the kit that says something in its share of them. Whether anything
// grows takes a soak of more than that: here it shows what faults do to a stream.

import { harness_command } from '../../src/installation.ts';

export interface Part {
  /** Of its file, and in the page's order. */
  readonly name: string;
  /** As they would be typed. */
  readonly words: readonly string[];
  /** It measures any host: against ours, with the beacon (with-host.ts). */
  readonly needs_host?: boolean;
}

const encoded = `${harness_command} encode --size 640x360 --bitrate-kbps 3000 --content game --slices 1 --seconds 2 --json`;

export const parts: readonly Part[] = [
  { name: 'self-check', words: ['self-check', '--seconds', '1', '--comparisons', '0', '--budget-s', '90'] },
  { name: 'latency-60', words: ['latency', '--seconds', '25', '--input-seconds', '10', '--budget-s', '90'] },
  {
    name: 'latency-120',
    words: ['latency', '--fps', '120', '--seconds', '25', '--input-seconds', '0', '--budget-s', '90'],
  },
  {
    name: 'loss-live',
    needs_host: true,
    words: ['loss-live', '--seconds', '3', '--rounds', '2', '--budget-s', '150'],
  },
  {
    name: 'soak',
    words: ['soak', '--minutes', '1', '--fault-every-s', '6', '--budget-s', '90'],
  },
  { name: 'throughput', words: ['throughput', '--seconds', '2', '--budget-s', '60'] },
  { name: 'capture', words: ['capture', '--desktop', 'own', '--seconds', '3', '--budget-s', '90'] },
  { name: 'encode', words: ['encode', '--seconds', '1', '--budget-s', '120'] },
  // Of a build with itself: how small a change can be seen on this machine.
  { name: 'compare', words: ['compare', encoded, encoded, '--series', 'CPU', '--rounds', '16', '--budget-s', '90'] },
];
