// What child processes get of our environment: what any program needs, and nothing that was meant for us or for the shell we came from.
// Whoever types into the streamed desktop can read its variables.

const kept = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'XDG_DATA_DIRS',
  'XDG_CONFIG_DIRS',
  'XDG_DATA_HOME',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
]);

/** The variables of `environment` that a child may see. */
export function plainEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && (kept.has(name) || name.startsWith('LC_'))) passed[name] = value;
  }
  return passed;
}
