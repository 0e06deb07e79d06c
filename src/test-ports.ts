// Ports for tests that run hosts beside each other and beside whatever else this machine does.

import { portsOf, refusedPorts } from './ports.ts';

// Below the range from which Linux takes ports for outgoing connections (32768 up, ip_local_port_range).
const first_port = 10_000;
const last_port = 32_000;
const step = 50;
const slots = Math.floor((last_port - first_port) / step);
// Test files run side by side: each begins at a place of its own, so that two seldom look at the same port at once.
let next_slot = process.pid * 10;

/** A base port whose six derived ports are free on 127.0.0.1 now. */
export async function freeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = first_port + step * (next_slot++ % slots);
    if ((await refusedPorts(portsOf(base), '127.0.0.1')).length === 0) return base;
  }
  throw new Error(`no free ports between ${first_port} and ${last_port}`);
}
