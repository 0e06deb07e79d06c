import { join } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { format } from 'node:util';
import type { Config } from '../config/load.ts';
import { hostCommand, makeRuntimeDir, prepareDataDir, version } from '../config/paths.ts';
import { shownName } from '../config/schema.ts';
import type { Display } from '../display/display.ts';
import { syntheticDisplay } from '../display/drivers/synthetic.ts';
import { plainEnvironment } from '../environment.ts';
import { exit_codes, PunktfunkError, toPunktfunkError } from '../errors.ts';
import { type Host, type HostOptions, openHost } from '../host.ts';
import { native_dir, repair } from '../installation.ts';
import { createLogger, flushLog, type Logger, logOutput } from '../log.ts';
import { streamPortRange } from '../ports.ts';
import type { HostService } from '../service/host-service.ts';
import { knowCapabilities } from '../session/capabilities.ts';
import { EnginePool, type EnginePoolOptions } from '../session/engine-pool.ts';
import { EngineProcess } from '../session/engine-process.ts';
import { settleMemory } from '../settle.ts';
import type { Command } from './command.ts';
import { engineOptions, own_engine_path } from './engine.ts';
import { PinPrompt } from './pin-prompt.ts';
import { configOf, setting_options } from './settings.ts';

/** After the start. */
const settle_after_ms = 1_000;

const close_deadline_ms = 12_000;
const same_request_ms = 500;
/** Between two looks whether what another host holds is free. */
const wait_ms = 5_000;

export const serve: Command = {
  name: 'serve',
  summary: 'run the host',
  parameters: '',
  arity: 0,
  help: `Streams this machine's desktop to Moonlight clients until it is stopped (Ctrl-C). With a Wayland session around it, it streams
that one; with none it starts a desktop of its own.

  {host} serve
  {host} serve --base-port 50000 --name "Studio"
  {host} serve --display synthetic        # a test picture, no desktop needed

Each setting can also be given as an environment variable (PUNKTFUNK_BASE_PORT=50000) or in <data-dir>/config.json
({"base_port": 50000}); the command line wins over the environment, the environment over the file. The file alone can hold the list
of applications: {"apps": [{"title": "Desktop"}, {"title": "Terminal", "command": ["foot"]}]}`,
  options: {
    ...setting_options,
    wait: { type: 'boolean', help: 'wait for ports and data that another host holds, instead of ending' },
  },
  async run(context) {
    prepareDataDir(context.data_dir);
    const config = configOf(context);
    const terminal = process.stdout.isTTY === true && !context.json;
    const log = createLogger({ level: config.log_level, pretty: terminal });
    adoptConsole(log);
    const runtime = makeRuntimeDir(process.env);
    process.once('exit', runtime.remove);
    const stop = stopSignals(log);
    const stopping = new AbortController();
    void stop.then(({ sentence, exit_code }) => {
      log.info({ event: 'stopping' }, sentence);
      // The deadline is for what hangs outside this process (a desktop that does not end); an engine dies with its channel.
      setTimeout(() => process.exit(exit_code || exit_codes.internal), close_deadline_ms).unref();
      stopping.abort();
    });
    const prompt = terminal && process.stdin.isTTY ? pinPrompt(config) : undefined;
    const fork = engineMaker(log);
    const engines = new EnginePool({ fork, keeps_spare: config.spare_engine, log });
    const options: HostOptions = {
      config,
      ...(prompt && {
        onService: (service: HostService) => service.subscribe((event) => prompt.hear(event, service)),
        asksForPin: () => prompt.asks,
      }),
      log,
      runtime_dir: runtime.path,
      module_dir: native_dir,
      app_environment: plainEnvironment(),
      openDisplay: async (signal) => {
        const display = await openDisplay(config, runtime.path, log, signal);
        engines.prepare(display.environment);
        return display;
      },
      stopping: stopping.signal,
      makeEngine: (desktop, onMessage) => engines.take(desktop.environment, onMessage),
      capabilities: knowCapabilities({
        forkEngine: () => fork({}, () => {}),
        version,
        module_dir: native_dir,
        file: join(config.data_dir, 'capabilities.json'),
        log,
      }),
    };
    const host = await openWhenFree(options, context.values.wait === true, stop);
    if (!host) return exit_codes.ok;
    if (!stopping.signal.aborted) await tellReady(host, config, terminal, prompt !== undefined, log);
    settleMemory(settle_after_ms);
    const { exit_code } = await stop;
    prompt?.close();
    await host.close();
    await engines.close();
    log.info({ event: 'stopped' }, 'Stopped.');
    if (await flushLog()) return exit_code;
    // A thread that hangs in a write to the terminal would keep this process from ending.
    runtime.remove();
    process.kill(process.pid, 'SIGKILL');
    return exit_code;
  },
};

/** Asks for PINs in the terminal that runs this host, also after it was away in the background. */
function pinPrompt({ data_dir }: Config): PinPrompt {
  const pair_command = hostCommand(data_dir, 'pair PIN');
  const prompt = new PinPrompt({ input: process.stdin, output: logOutput(), pair_command });
  process.on('SIGCONT', prompt.moved.bind(prompt));
  return prompt;
}

async function tellReady(host: Host, config: Config, terminal: boolean, asks: boolean, log: Logger): Promise<void> {
  const { addresses } = await host.service.status();
  if (terminal) logOutput().write(`${header(host, config, addresses, asks).join('\n')}\n`);
  log[terminal ? 'debug' : 'info'](
    { event: 'ready', name: shownName(config), ports: host.ports, addresses, display: host.display ?? null },
    `${shownName(config)} is ready`,
  );
}

/** Opens the host; with `wait`, once what another one holds is free. Undefined when it was stopped before. */
async function openWhenFree(options: HostOptions, wait: boolean, stop: Promise<unknown>): Promise<Host | undefined> {
  for (let told = false; ; told = true) {
    try {
      return await openHost(options);
    } catch (error) {
      if (!wait || !(error instanceof PunktfunkError) || error.exit_code !== exit_codes.port_taken) throw error;
      if (!told) options.log.warn({ event: 'waiting', code: error.code }, `${error.advice} Until then this one waits.`);
    }
    const stopped = await Promise.race([stop.then(() => true), scheduler.wait(wait_ms).then(() => false)]);
    if (stopped) return undefined;
  }
}

/** Libraries that write to the console would put lines of their own between ours (the mDNS library does). */
function adoptConsole(log: Logger): void {
  const say = (...words: unknown[]) => log.debug({ event: 'library_output' }, format(...words));
  Object.assign(console, { log: say, info: say, debug: say, warn: say, error: say, trace: say });
}

/** Resolves at the first signal or unexpected error; a second signal ends the process at once. */
function stopSignals(log: Logger): Promise<{ sentence: string; exit_code: number }> {
  return new Promise((resolve) => {
    let asked = false;
    let asked_ms = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // One request may come twice at once: from a closing terminal and from npm that dies with it.
        if (asked && performance.now() - asked_ms > same_request_ms) process.exit(130);
        if (asked) return;
        asked = true;
        asked_ms = performance.now();
        resolve({ sentence: `Stopping (${signal}); once more to force.`, exit_code: exit_codes.ok });
      });
    }
    const crash = (error: unknown) => {
      log.fatal({ event: 'crash', err: error }, toPunktfunkError(error).advice);
      if (asked) return;
      asked = true;
      resolve({ sentence: 'Stopping after an error inside punktfunk.', exit_code: exit_codes.internal });
    };
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', crash);
  });
}

async function openDisplay(config: Config, runtime_dir: string, log: Logger, signal: AbortSignal): Promise<Display> {
  if (config.display === 'synthetic') return syntheticDisplay();
  const display = await import('../display/open-display.ts');
  return display.openDisplay({ data_dir: config.data_dir, runtime_dir, log, kind: config.display, signal });
}

function engineMaker(log: Logger): EnginePoolOptions['fork'] {
  const { exec_path, module_path, environment } = engineOptions();
  if (exec_path !== own_engine_path) {
    log.warn(
      { event: 'engine_path' },
      `${own_engine_path} is missing; the engine runs as ${exec_path}. Mend it with: ${repair}`,
    );
  }
  return (desktop, onMessage) =>
    new EngineProcess({ exec_path, module_path, environment: { ...environment, ...desktop }, log }, onMessage);
}

function header(host: Host, config: Config, addresses: readonly string[], asks: boolean): string[] {
  const { http, https, rtsp } = host.ports;
  const { first, last } = streamPortRange(host.ports);
  return [
    '',
    `  ${shownName(config)}`,
    '',
    `  streams   ${host.display ?? 'nothing yet: see the warning above'}`,
    `  address   ${addresses.map((address) => (http === 47_989 ? address : `${address}:${http}`)).join('  ')}`,
    `  ports     TCP ${https} ${http} ${rtsp}   UDP ${first}-${last}`,
    '  pair      choose this computer in Moonlight',
    asks
      ? '            then type the PIN that it shows here, or in another terminal:'
      : '            then, in another terminal, give the PIN that it shows:',
    `            ${hostCommand(config.data_dir, 'pair PIN')}`,
    '  stop      Ctrl-C',
    '',
  ];
}
