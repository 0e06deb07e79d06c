// The links that a stream is tried over, in the relay's own words (harness/impair), and what happens to it that it has to get over.

/** Clean first: the others are seen against it. `wire_kbps`: what the stream sends when nothing is in its way. */
export function linksFor(wire_kbps: number): string[] {
  const rate = (share: number): string => `rate=${Math.max(1, Math.round(wire_kbps * share))}kbit queue=100ms`;
  return [
    'clean',
    ...random_losses.map((percent) => `loss=${percent}%`),
    'bursts=1% burst=8',
    'bursts=2% burst=20',
    'bursts=5% burst=50',
    'delay=20ms',
    'delay=80ms',
    'delay=5ms jitter=10ms',
    'delay=5ms jitter=30ms',
    'reorder=1% reorder-by=5ms',
    'reorder=5% reorder-by=20ms',
    'duplicate=2%',
    'corrupt=1%',
    rate(2),
    rate(1.2),
    rate(0.9),
  ];
}

const random_losses = [1, 2, 5, 10] as const;

/** Of a link that loses at random and does nothing else: how much, in percent. */
export function randomLossOf(link: string): number | undefined {
  if (link === 'clean') return 0;
  const percent = /^loss=([\d.]+)%$/.exec(link)?.[1];
  return percent === undefined ? undefined : Number(percent);
}

export interface Trouble {
  readonly name: string;
  /** Toward the client; the other direction only where nothing passes. */
  link(wire_kbps: number): string;
  readonly ms: number;
}

export const troubles: readonly Trouble[] = [
  { name: 'a burst of 50 ms', link: () => 'loss=100%', ms: 50 },
  { name: 'an outage of 1 s', link: () => 'down', ms: 1000 },
  {
    name: 'a link that has 60 % of the rate for 2 s',
    link: (wire_kbps) => `rate=${Math.max(1, Math.round(wire_kbps * 0.6))}kbit queue=300ms`,
    ms: 2000,
  },
];
