// Keeps a screen's time on a thread of its own: what the host does otherwise must not be seen on the desktop.

import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { ScreenClock } from './screen-clock.ts';

const { path, refresh_mhz } = workerData as { path: string; refresh_mhz: number };
/** A timer's grain, and that of the loop that serves it: the rest of a wait is slept. */
const grain_ms = 2;
const never_woken = new Int32Array(new SharedArrayBuffer(4));
const now_ns = () => Number(process.hrtime.bigint());
let rate_mhz = refresh_mhz;
let setRate: ((mhz: number) => void) | undefined;

const server = createServer((socket) => {
  server.close(); // one compositor, once
  const clock = new ScreenClock((bytes) => socket.write(bytes), rate_mhz);
  setRate = (mhz) => clock.setRate(mhz);
  let timer: NodeJS.Timeout | undefined;
  const waitAndTick = () => {
    timer = undefined;
    const left_ms = ((clock.due_ns ?? 0) - now_ns()) / 1e6;
    if (left_ms > 0) Atomics.wait(never_woken, 0, 0, left_ms);
    socket.cork();
    clock.tick();
    socket.uncork();
  };
  socket.on('data', (bytes) => {
    socket.cork();
    try {
      clock.receive(bytes, now_ns());
    } catch {
      socket.destroy(); // no compositor: it ends without its screen, and its owner tells
    }
    socket.uncork();
    if (clock.due_ns === undefined || timer) return;
    const left_ms = (clock.due_ns - now_ns()) / 1e6;
    if (left_ms <= grain_ms) waitAndTick();
    else timer = setTimeout(waitAndTick, left_ms - grain_ms);
  });
  socket.on('error', () => {}); // it left
  socket.on('close', () => clearTimeout(timer));
});
// Each is answered: who sent it knows that this thread does not hang.
parentPort?.on('message', (mhz: number) => {
  rate_mhz = mhz;
  setRate?.(mhz);
  parentPort?.postMessage('kept');
});
server.listen(path, () => parentPort?.postMessage('listening'));
