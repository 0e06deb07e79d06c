// Runs one engine process for a while, as the host would, with a client that pings and reads nothing: what is measured is the engine alone.

import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { buildStart } from '../../src/contract/builder.ts';
import type { EngineMessage, Start } from '../../src/contract/messages.ts';
import type { Statistics } from '../../src/contract/statistics.ts';
import type { VideoTarget } from '../../src/contract/video.ts';
import { native_dir, package_root } from '../../src/installation.ts';
import { EngineProcess } from '../../src/session/engine-process.ts';

const engine_path = join(package_root, 'build/libexec/punktfunk/engine');
const engine_main = join(package_root, 'src/engine/main.ts');
export const ping_payload = 'PUNKTFUNKBENCH01';
const warm_up_s = 2;

export interface PipelineCase {
  name: string;
  target: VideoTarget;
  width: number;
  height: number;
  fps: number;
  bitrate_kbps: number;
  encrypt: boolean;
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

export function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

/** An engine as the host forks it. */
export const forkEngine = (environment: NodeJS.ProcessEnv, onMessage: (message: EngineMessage) => void) =>
  new EngineProcess(
    {
      exec_path: existsSync(engine_path) ? engine_path : process.execPath,
      module_path: engine_main,
      environment,
      log: pino({ level: 'silent' }),
    },
    onMessage,
  );

export async function runEngine(c: PipelineCase, seconds: number): Promise<PipelineRun> {
  const told = new EventEmitter();
  const engine = forkEngine(process.env, (message) => told.emit(message.type, message));
  const over = engine.ended.then(({ reason }): never => {
    throw new Error(reason);
  });
  const client = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  try {
    return await Promise.race([measure(c, seconds, engine, told, client), over]);
  } finally {
    client.close();
    await engine.stop();
  }
}

async function measure(c: PipelineCase, wanted: number, engine: EngineProcess, told: EventEmitter, client: Socket) {
  const next = async <T extends EngineMessage['type']>(type: T) => {
    const [message] = await once(told, type);
    return message as Extract<EngineMessage, { type: T }>;
  };
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
  const first = once(client, 'message');
  await engine.ready();
  const [listening, pictured] = [next('listening'), next('first_frame')];
  const started_at = performance.now();
  await engine.start(startMessage(c));
  const listening_ms = performance.now() - started_at;
  const { video_port } = (await listening).transport;
  const pinged_at = performance.now();
  client.send(Buffer.concat([Buffer.from(ping_payload), Buffer.from([0, 0, 0, 1])]), video_port, '127.0.0.1');
  await first;
  const first_packet_ms = performance.now() - pinged_at;
  client.removeAllListeners('message'); // what follows costs this process nothing but the kernel's drop
  const { encoder, capture } = await pictured;
  const seconds: Statistics[] = [];
  for (let i = 0; i < warm_up_s; ++i) await next('stats');
  const busy = busyMs();
  const from = performance.now();
  while (seconds.length < wanted) seconds.push(await next('stats'));
  const wall_ms = performance.now() - from;
  const own_ms = seconds.reduce((sum, s) => sum + s.cpu_ms.process, 0);
  const other_cores = Math.max(0, (busyMs() - busy - own_ms) / wall_ms);
  return {
    seconds,
    encoder,
    capture,
    listening_ms,
    first_packet_ms,
    resident_mb: residentMb(engine.pid as number),
    other_cores,
  };
}

export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  load: loadavg()[0] ?? 0,
  node: process.version,
});
