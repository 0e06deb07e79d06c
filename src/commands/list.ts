// Which commands there are, and the options that all of them take: for the command line, and for the manual that is made of them.

import { defaultDataDir } from '../config/paths.ts';
import type { Command, OptionSpec } from './command.ts';

/** Loaded one at a time: a command pays for nothing that only another needs. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  pair: async () => (await import('./pair.ts')).pair,
  clients: async () => (await import('./clients.ts')).clients,
  client: async () => (await import('./client.ts')).client,
  unpair: async () => (await import('./unpair.ts')).unpair,
  apps: async () => (await import('./apps.ts')).apps,
  'add-app': async () => (await import('./apps.ts')).add_app,
  'remove-app': async () => (await import('./apps.ts')).remove_app,
  settings: async () => (await import('./set.ts')).settings,
  set: async () => (await import('./set.ts')).set,
  unset: async () => (await import('./set.ts')).unset,
  console: async () => (await import('./console.ts')).consoleCommand,
  token: async () => (await import('./token.ts')).token,
  status: async () => (await import('./status.ts')).status,
  events: async () => (await import('./events.ts')).events,
  doctor: async () => (await import('./doctor.ts')).doctor,
  diagnostics: async () => (await import('./diagnostics.ts')).diagnostics,
};

export const common_options: Readonly<Record<string, OptionSpec>> = {
  'data-dir': {
    type: 'string',
    value: 'DIR',
    get help() {
      try {
        return `identity, clients, config.json (default ${defaultDataDir(process.env)})`;
      } catch {
        return 'identity, clients, config.json (this user has no home: it must be given)';
      }
    },
  },
  json: { type: 'boolean', help: 'machine-readable output' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
  version: { type: 'boolean', help: 'the version' },
};
