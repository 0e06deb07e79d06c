// `punktfunk-harness probe`: the probe as a command line. Results go to standard output, everything else to standard error.

import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HarnessCommand } from '../command.ts';
import { claimFiles, UnwrittenError } from '../output.ts';
import { help, type Request, readArguments } from './arguments.ts';
import { Probe } from './client.ts';
import { exit_codes, ProbeError } from './errors.ts';
import { parseScript, type ScriptStep } from './input.ts';
import type { StreamHandle } from './stream.ts';
import { progress, type StreamSummary, table } from './summary.ts';
import { judge } from './verdict.ts';

const progress_interval_ms = 1000;

export const probe: HarnessCommand = {
  summary: 'a headless GameStream client: pair, list, stream, quit',
  async run(words) {
    try {
      const request = readArguments(words);
      if (request) return await runs[request.verb](request);
      print(help);
      return exit_codes.ok;
    } catch (error) {
      if (!(error instanceof ProbeError)) throw error;
      if (words.includes('--json')) print(JSON.stringify({ error: { kind: error.kind, message: error.message } }));
      process.stderr.write(`${error.message}\n`);
      return error.exit_code;
    }
  },
};

const runs: Record<Request['verb'], (request: Request) => Promise<number>> = {
  async pair(request) {
    const pin = request.pin ?? String(randomInt(10_000)).padStart(4, '0');
    const client = await open(request);
    process.stderr.write(`Type this PIN at the host: ${pin}\n`);
    const host = await client.pair(pin, request.pin_wait_ms);
    report(request, { paired: host.paired, host }, () => `Paired with ${host.hostname}.`);
    return exit_codes.ok;
  },

  async list(request) {
    const client = await open(request);
    const apps = await client.apps();
    const host = await client.serverInfo();
    report(request, { host, apps }, () => {
      const lines = apps.map(
        (app) => `${String(app.id).padStart(11)}  ${app.title}${app.id === host.current_app ? '  (running)' : ''}`,
      );
      return [
        `${host.hostname}, version ${host.app_version}, ${host.current_app === 0 ? 'free' : 'busy'}`,
        ...lines,
      ].join('\n');
    });
    return exit_codes.ok;
  },

  async stream(request) {
    const { dump, snapshot = '', snapshot_picture } = request.stream;
    claimFiles(dump, snapshot);
    if (snapshot !== '') rmSync(snapshot, { force: true }); // none is better than an old one
    const script = request.input === undefined ? [] : parseScript(readScript(request.input));
    const client = await open(request);
    const stream = await client.stream(request.stream);
    const { summary, interrupted } = await watch(stream, request, script);
    const verdict = judge(summary, request.limits, request.duration_s, interrupted);
    report(request, { ...summary, verdict }, () => `${table(summary)}\n\n${verdict.text}`);
    const { file_error = '' } = summary.video ?? {};
    if (file_error !== '') throw new UnwrittenError(file_error);
    if (snapshot !== '' && !existsSync(snapshot))
      throw new UnwrittenError(`${snapshot} was not made: picture ${snapshot_picture} never came.`);
    return { passed: exit_codes.ok, failed: exit_codes.stream_failed, cut_short: exit_codes.cut_short }[verdict.result];
  },

  async quit(request) {
    await (await open(request)).quit();
    report(request, { quit: true }, () => 'The app has ended.');
    return exit_codes.ok;
  },
};

const open = (request: Request): Promise<Probe> =>
  Probe.open({ host: request.host, port: request.port, data_dir: request.data_dir });

// Until the time is up, the host ends it, or a person does.
async function watch(
  stream: StreamHandle,
  request: Request,
  script: readonly ScriptStep[],
): Promise<{ summary: StreamSummary; interrupted: boolean }> {
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    void stream.stop();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const showing = setInterval(
    () => process.stderr.write(progress(stream.summary(), process.stderr.isTTY ? process.stderr.columns : undefined)),
    progress_interval_ms,
  );
  let over: NodeJS.Timeout | undefined;
  stream.once('first_frame', () => {
    if (request.duration_s > 0) over = setTimeout(() => void stream.stop(), request.duration_s * 1000);
    void play(stream, script);
  });
  try {
    const summary = await stream.ended;
    return { summary, interrupted };
  } finally {
    clearTimeout(over);
    clearInterval(showing);
    if (process.stderr.isTTY) process.stderr.write('\x1b[2K\r');
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
}

async function play(stream: StreamHandle, script: readonly ScriptStep[]): Promise<void> {
  for (const step of script) {
    if (step.kind === 'wait') await sleep(step.ms);
    else if (!stream.sendInput(step)) return;
  }
}

function readScript(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new ProbeError('usage', `the input script cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function report(request: Request, document: unknown, text: () => string): void {
  print(request.json ? JSON.stringify(document, null, 2) : text());
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
