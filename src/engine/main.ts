// The engine process: forked by the host, spoken to in the messages of engine-messages.ts, nothing else. It ends by itself when the stream
// has ended or the host is gone.

import { Check } from 'typebox/schema';
import { serve_command } from '../installation.ts';
import { type EngineEnding, type EngineMessage, HostMessage, type StartMessage } from '../session/engine-messages.ts';
import { type EngineAddon, loadEngineAddon, type NativeEngine } from './addon.ts';
import { settleMemory } from './settle.ts';

const max_detail_length = 2048;
/** GameStream note 8.7: a graceful end. Told when there is no host left to decide. */
const graceful_termination = 0x8003_0023;
const exit_codes = { ended: 0, failed: 1, not_forked: 64 } as const;

let addon: EngineAddon | undefined;
let engine: NativeEngine | undefined;

function exit(code: number): never {
  if (addon) addon.exitNow(code); // native threads of a failed engine may still run: nothing of theirs is torn down
  process.exit(code);
}

function tell(message: EngineMessage, then?: () => void): void {
  if (message.type === 'problem') message.detail = message.detail.slice(0, max_detail_length);
  if (process.connected) process.send?.(message, undefined, {}, () => then?.());
  else then?.();
}

function end(reason: EngineEnding): void {
  tell({ type: 'ended', reason }, () => exit(reason === 'failed' ? exit_codes.failed : exit_codes.ended));
}

function fail(code: string, detail: string): void {
  tell({ type: 'problem', code, detail, fatal: true });
  end('failed');
}

function start(message: StartMessage): void {
  if (!addon) return;
  if (engine) {
    fail('protocol', 'The engine was started twice.');
    return;
  }
  engine = new addon.Engine(message, (event) => {
    if (event.type === 'first_frame') settleMemory();
    if (event.type === 'ended') end(event.reason);
    else tell(event);
  });
}

function stop(termination_reason: number): void {
  if (engine) engine.stop(termination_reason);
  else end('stopped');
}

if (!process.send) {
  console.error(`This is a part of punktfunk, which starts it by itself: run ${serve_command}`);
  process.exit(exit_codes.not_forked);
}
process.title = 'punktfunk-engine';
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal group; the host decides
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => stop(graceful_termination));
process.on('disconnect', () => stop(graceful_termination));
process.on('message', (message) => {
  if (!Check(HostMessage, message)) return fail('protocol', 'The host sent a message that the engine does not know.');
  if (message.type === 'start') start(message);
  else stop(message.termination_reason);
});
try {
  addon = loadEngineAddon();
  tell({ type: 'loaded', pid: process.pid });
} catch (error) {
  fail('addon_missing', error instanceof Error ? error.message : String(error));
}
