// What a rate came to, from both ends' words.

import type { CaseRecord, Run } from '../kit/run.ts';
import type { Received } from './ends.ts';

/** Of punktfunk-throughput send (send.cpp). */
export interface Sent {
  readonly seconds: number;
  /** Of one picture. */
  readonly unit_bytes: number;
  readonly handed: number;
  /** The sender was full when they were due. */
  readonly passed_over: number;
  readonly sent: number;
  /** Given up in the middle: the socket stayed full. */
  readonly cut_short: number;
  readonly datagrams: number;
  readonly bytes: number;
  readonly would_block: number;
  readonly protect_ns: number;
  readonly cpu_ns: number;
  readonly gso: boolean;
}

export interface Rate {
  readonly name: string;
  /** 0: as much as goes. */
  readonly asked_gbps: number;
  readonly delivered_gbps: number;
  /** CPU a datagram; undefined: none was sent, or none came. */
  readonly sender_ns: number | undefined;
  readonly receiver_ns: number | undefined;
}

const gbps = (bytes: number, seconds: number): number => (seconds > 0 ? (bytes * 8) / 1e9 / seconds : 0);

/** Why less came than was asked for, in words; none is known when there is none. */
export function whyLess(sent: Sent, received: Received): string[] {
  const missing = sent.datagrams - received.datagrams;
  return [
    ...(sent.passed_over > 0 ? ['the sender was full when pictures were due'] : []),
    ...(sent.cut_short > 0 ? ["the sender's socket stayed full"] : []),
    ...(received.kernel_drops > 0
      ? ["the receiver's socket buffer was full (net.core.rmem_max says how large it may be)"]
      : []),
    ...(missing > 0 && received.kernel_drops === 0 ? ['datagrams were lost on the way'] : []),
  ];
}

export function addRate<V>(
  run: Run<V>,
  into: CaseRecord,
  { sent, received, asked_gbps, here }: { sent: Sent; received: Received; asked_gbps: number; here: boolean },
): Rate {
  const delivered_gbps = gbps(received.bytes, received.seconds);
  const whole = received.frames - received.damaged;
  const latency = into.addSeries({
    ...{ name: 'handed over to whole', unit: 'ms', from: 'picture handed to the sender', to: 'whole at the receiver' },
    values: here ? received.handed_to_whole_ms : [],
  });
  into.addCount('delivered, on the wire', delivered_gbps, 'Gbit/s', 'more');
  into.addCount('delivered, whole pictures', gbps(received.unit_bytes, received.seconds), 'Gbit/s');
  const addEach = (name: string, ns: number, datagrams: number): number | undefined => {
    if (datagrams === 0) return undefined;
    into.addCount(name, ns / datagrams, 'ns', 'less');
    return ns / datagrams;
  };
  const sender_ns = addEach('CPU a datagram, sender', sent.cpu_ns, sent.datagrams);
  addEach('of that FEC and AES-GCM', sent.protect_ns, sent.datagrams);
  const receiver_ns = addEach('CPU a datagram, receiver', received.cpu_ns, received.datagrams);
  into.addCount('datagrams sent', sent.datagrams);
  into.addCount('datagrams that did not arrive', sent.datagrams - received.datagrams);
  into.addCount("times the receiver's socket was full (a datagram or a run)", received.kernel_drops);
  into.addCount('came too late for their picture', received.late);
  into.addCount('pictures handed over', sent.handed);
  into.addCount('pictures passed over: sender full', sent.passed_over);
  into.addCount('pictures cut short: socket full', sent.cut_short);
  into.addCount('pictures repaired', received.repaired);
  into.addCount('pictures lost', sent.handed - whole);
  run.hold(
    'max-loss',
    sent.handed > 0 ? (100 * (sent.handed - whole)) / sent.handed : undefined,
    `${into.name}: pictures lost`,
  );
  if (here) run.hold('max-p95-ms', latency?.summary.p95, `${into.name}: handed over to whole, p95`);
  if (received.damaged > 0)
    run.fail(`${into.name}: ${received.damaged} pictures came out with other bytes than were handed over.`);
  if (!sent.gso) run.note('The kernel joins no datagrams of one send (UDP_SEGMENT): each costs a send of its own.');
  const why = whyLess(sent, received);
  if (asked_gbps > 0 && delivered_gbps < 0.95 * asked_gbps)
    run.note(`${into.name} was not reached${why.length > 0 ? `: ${why.join(', and ')}` : ''}.`);
  return { name: into.name, asked_gbps, delivered_gbps, sender_ns, receiver_ns };
}

/** Over all rates that were asked for. */
export function addCurves(into: CaseRecord, rates: readonly Rate[]): void {
  const asked = rates.filter(({ asked_gbps }) => asked_gbps > 0);
  if (asked.length < 2) return;
  const x = { name: 'asked for', unit: 'Gbit/s' };
  const over = (of: (rate: Rate) => number | undefined) =>
    asked.flatMap((rate): [number, number][] => {
      const value = of(rate);
      return value === undefined ? [] : [[rate.asked_gbps, value]];
    });
  into.addCurve({
    name: 'delivered',
    x,
    y: { name: 'delivered', unit: 'Gbit/s' },
    points: over((rate) => rate.delivered_gbps),
  });
  into.addCurve({
    name: 'CPU, sender',
    x,
    y: { name: 'a datagram', unit: 'ns' },
    points: over((rate) => rate.sender_ns),
  });
  into.addCurve({
    name: 'CPU, receiver',
    x,
    y: { name: 'a datagram', unit: 'ns' },
    points: over((rate) => rate.receiver_ns),
  });
}
