// Runs one engine process for a while, as the host would, with a client that pings and reads nothing: what is measured is the engine alone.

import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildStart } from '../../src/contract/builder.ts';
import type { EngineMessage, Start } from '../../src/contract/messages.ts';
import type { Statistics } from '../../src/contract/statistics.ts';
import type { VideoTarget } from '../../src/contract/video.ts';
import { problemReport } from '../../src/errors.ts';
import { native_dir } from '../../src/installation.ts';

const engine_main = resolve(import.meta.dirname, '../../src/engine/main.ts');
const ping_payload = 'PUNKTFUNKBENCH01';
const warm_up_s = 2;
const deadline_ms = 20_000;

export interface PipelineCase {
  name: string;
  target: VideoTarget;
  width: number;
  height: number;
  fps: number;
  bitrate_kbps: number;
  encrypt: boolean;
  seconds: number;
}

/** Per second of the run, after the warm-up. */
export interface PipelineRun {
  seconds: Statistics[];
  encoder: string;
  capture: string;
  /** From the start message to open ports, and from the first ping to the first packet. */
  listening_ms: number;
  first_packet_ms: number;
  /** Resident memory of the engine process at the end. */
  resident_mb: number;
  /** Cores that everything else on the machine used meanwhile. */
  other_cores: number;
}

const startMessage = (c: PipelineCase): Start =>
  buildStart({
    module_dir: native_dir,
    video: {
      target: c.target,
      width: c.width,
      height: c.height,
      fps: c.fps,
      bitrate_kbps: c.bitrate_kbps,
      slices: 2,
    },
    transport: { ping_payload, packet_size: 1392, encrypt_video: c.encrypt, connect_timeout_ms: 120_000 },
  });

function machineBusyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

/** Hands messages to whoever waits; a problem that ends the stream, or silence, rejects. */
function inbox(child: ChildProcess): (type: EngineMessage['type']) => Promise<EngineMessage> {
  const seen: EngineMessage[] = [];
  let wake = () => {};
  child.on('message', (message) => {
    seen.push(message as EngineMessage);
    wake();
  });
  return async (type) => {
    const timeout = AbortSignal.timeout(deadline_ms);
    for (;;) {
      const at = seen.findIndex((m) => m.type === type);
      const found = seen[at];
      if (found) return seen.splice(at, 1)[0] as EngineMessage;
      const problem = seen.find((m) => m.type === 'problem' && m.fatal);
      if (problem?.type === 'problem') throw new Error(problemReport(problem.failure).advice);
      await new Promise<void>((resolve, reject) => {
        wake = resolve;
        timeout.addEventListener('abort', () => reject(new Error(`The engine did not say "${type}" in time.`)));
      });
    }
  };
}

export async function runEngine(c: PipelineCase): Promise<PipelineRun> {
  const child = fork(engine_main, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const client = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  const exited = once(child, 'exit');
  try {
    const next = inbox(child);
    client.bind(0, '127.0.0.1');
    await once(client, 'listening');
    const first = once(client, 'message');
    await next('loaded');
    const started_at = performance.now();
    child.send(startMessage(c));
    const listening = await next('listening');
    const listening_ms = performance.now() - started_at;
    if (listening.type !== 'listening') throw new Error('unreachable');
    const ping = () =>
      client.send(
        Buffer.concat([Buffer.from(ping_payload), Buffer.from([0, 0, 0, 1])]),
        listening.video_port,
        '127.0.0.1',
      );
    const pinged_at = performance.now();
    ping();
    await first;
    const first_packet_ms = performance.now() - pinged_at;
    client.removeAllListeners('message'); // what follows costs this process nothing but the kernel's drop
    const frame = await next('first_frame');
    if (frame.type !== 'first_frame') throw new Error('unreachable');
    const seconds: Statistics[] = [];
    for (let i = 0; i < warm_up_s; ++i) await next('stats');
    const busy = machineBusyMs();
    const from = performance.now();
    while (seconds.length < c.seconds) seconds.push((await next('stats')) as Statistics);
    const wall_ms = performance.now() - from;
    const own_ms = seconds.reduce((sum, s) => sum + s.cpu_ms.process, 0);
    return {
      seconds,
      encoder: frame.encoder,
      capture: frame.capture,
      listening_ms,
      first_packet_ms,
      resident_mb: residentMb(child.pid as number),
      other_cores: Math.max(0, (machineBusyMs() - busy - own_ms) / wall_ms),
    };
  } finally {
    client.close();
    if (child.connected) child.send({ type: 'stop', termination_reason: 0 }, () => {});
    const kill = setTimeout(() => child.kill('SIGKILL'), 3000);
    await exited;
    clearTimeout(kill);
  }
}

export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  load: loadavg()[0] ?? 0,
  node: process.version,
});
