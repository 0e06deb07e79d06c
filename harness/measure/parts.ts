// What is measured in ten minutes on a small machine: each command of the kit that says something in its share of them. A soak needs hours.

export interface Part {
  /** Of its file, and in the page's order. */
  readonly name: string;
  /** As they would be typed. */
  readonly words: readonly string[];
  /** It measures any host: against ours, with the beacon (with-host.ts). */
  readonly needs_host?: boolean;
}

export const parts: readonly Part[] = [
  { name: 'self-check', words: ['self-check', '--budget-s', '90'] },
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
  { name: 'throughput', words: ['throughput', '--seconds', '2', '--budget-s', '60'] },
  { name: 'capture', words: ['capture', '--desktop', 'own', '--seconds', '3', '--budget-s', '90'] },
  { name: 'encode', words: ['encode', '--seconds', '1', '--budget-s', '120'] },
];
