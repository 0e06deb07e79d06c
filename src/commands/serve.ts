import { join } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { format } from 'node:util';
import type { LiveConfig } from '../config/live.ts';
import type { Config } from '../config/load.ts';
import { hostCommand, makeRuntimeDir, prepareDataDir, version } from '../config/paths.ts';
import { shownName } from '../config/schema.ts';
import type { Display } from '../display/display.ts';
import { syntheticDisplay } from '../display/drivers/synthetic.ts';
import { plainEnvironment } from '../environment.ts';
import { exit_codes, PunktfunkError } from '../errors.ts';
import { type Host, type HostOptions, openHost } from '../host.ts';
import { native_dir, repair } from '../installation.ts';
import { createLogger, flushLog, type Logger, logOutput } from '../log.ts';
import { LogRing } from '../log-ring.ts';
import { streamPortRange } from '../ports.ts';
import type { HostService } from '../service/host-service.ts';
import { knowCapabilities } from '../session/capabilities.ts';
import { engineOptions, own_engine_path } from '../session/engine-options.ts';
import { EnginePool, type EnginePoolOptions } from '../session/engine-pool.ts';
import { EngineProcess } from '../session/engine-process.ts';
import { Previews } from '../session/previews.ts';
import { settleMemory } from '../settle.ts';
import type { Command } from './command.ts';
import { describeConsole } from './describe-console.ts';
import { PinPrompt } from './pin-prompt.ts';
import { configOf, setting_options } from './settings.ts';
import { awaitStop } from './stop-request.ts';

/** After the start. */
const settle_after_ms = 1_000;

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
    const live = configOf(context);
    const { current: config } = live;
    const terminal = process.stdout.isTTY === true && !context.json;
    const logs = new LogRing();
    const log = createLogger({ level: config.log_level, pretty: terminal, ring: logs });
    adoptConsole(log);
    const runtime = makeRuntimeDir(process.env);
    process.once('exit', runtime.remove);
    const stop = awaitStop(log);
    const prompt = terminal && process.stdin.isTTY ? pinPrompt(config) : undefined;
    const fork = engineMaker(log);
    const engines = new EnginePool({ fork, keeps_spare: config.spare_engine, log });
    live.onChange((changed) => {
      if (changed.includes('log_level')) log.level = config.log_level;
      if (changed.includes('spare_engine')) engines.keepSpare(config.spare_engine);
    });
    const options = hostOptions({
      live,
      log,
      logs,
      runtime_dir: runtime.path,
      prompt,
      fork,
      engines,
      stopping: stop.signal,
    });
    const host = await openWhenFree(options, context.values.wait === true, stop.request);
    if (!host) return exit_codes.ok;
    if (!stop.signal.aborted) await tellReady(host, config, terminal, prompt !== undefined, log);
    settleMemory(settle_after_ms);
    const { exit_code } = await stop.request;
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

interface Parts {
  live: LiveConfig;
  log: Logger;
  logs: LogRing;
  runtime_dir: string;
  prompt: PinPrompt | undefined;
  fork: EnginePoolOptions['fork'];
  engines: EnginePool;
  stopping: AbortSignal;
}

function hostOptions({ live, log, logs, runtime_dir, prompt, fork, engines, stopping }: Parts): HostOptions {
  const { current: config } = live;
  return {
    config: live,
    ...(prompt && {
      onService: (service: HostService) => service.subscribe((event) => prompt.hear(event, service.pairing)),
      asksForPin: () => prompt.asks,
    }),
    log,
    logs,
    runtime_dir,
    module_dir: native_dir,
    app_environment: plainEnvironment(),
    openDisplay: async (signal) => {
      const display = await openDisplay(config, runtime_dir, log, signal);
      engines.prepare(display.environment);
      return display;
    },
    stopping,
    makeEngine: (desktop, onMessage) => engines.take(desktop.environment, onMessage),
    previews: new Previews({ fork: (environment) => fork(environment, () => {}) }),
    capabilities: knowCapabilities({
      forkEngine: () => fork({}, () => {}),
      version,
      module_dir: native_dir,
      file: join(config.data_dir, 'capabilities.json'),
      log,
    }),
  };
}

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
  if (terminal) return;
  // In the journal of a host that no terminal shows, and there alone: who may read the host's log through the API is no administrator.
  const journal = createLogger({ level: config.log_level, pretty: false });
  for (const line of describeConsole(host.service.console())) journal.info({ event: 'console' }, line.trim());
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
  const { http, https, rtsp, console } = host.ports;
  const web = host.service.console();
  const { first, last } = streamPortRange(host.ports);
  return [
    '',
    `  ${shownName(config)}`,
    '',
    `  streams   ${host.display ?? 'nothing yet: see the warning above'}`,
    `  address   ${addresses.map((address) => (http === 47_989 ? address : `${address}:${http}`)).join('  ')}`,
    `  ports     TCP ${https} ${http} ${console} ${rtsp}   UDP ${first}-${last}`,
    '  pair      choose this computer in Moonlight',
    asks
      ? '            then type the PIN that it shows here, or in another terminal:'
      : '            then, in another terminal, give the PIN that it shows:',
    `            ${hostCommand(config.data_dir, 'pair PIN')}`,
    ...describeConsole(web).map((line) => `  ${line}`),
    ...(web.addresses.length > 0
      ? [`            opens signed in with: ${hostCommand(config.data_dir, 'console')}`]
      : []),
    '  stop      Ctrl-C',
    '',
  ];
}
