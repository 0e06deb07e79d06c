import { exit_codes } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { HostClient } from '../management/client.ts';
import type { Command } from './command.ts';
import { describeConsole } from './describe-console.ts';
import { openPrivateLink } from './private-link.ts';

export const consoleCommand: Command = {
  name: 'console',
  summary: 'open the web console, signed in',
  parameters: '',
  arity: 0,
  help: `Opens the console in a browser of this desktop, or prints a link that is good once, within a minute. From another machine open the
address that is shown; the first time it asks for the set-up code.

  {host} console
  {host} console --print       # only the link`,
  options: { print: { type: 'boolean', help: 'print the link, open nothing' } },
  async run({ data_dir, json, values, print }) {
    const host = new HostClient(data_dir);
    const state = await host.ask('GET', '/api/v1/console');
    const { url, expires_s } = await host.ask('POST', '/api/v1/console/link');
    if (json) {
      print(JSON.stringify({ ...state, url, expires_s }));
      return exit_codes.ok;
    }
    const opened = !values.print && openBrowser(url, expires_s);
    print(
      opened ? 'Opened in the browser; if it does not come, follow this link:' : `Good once, within ${expires_s} s:`,
    );
    print(`  ${url}`);
    for (const line of describeConsole(state)) print(line);
    return exit_codes.ok;
  },
};

/** True when a browser was asked for. Never as root, whose browser it would be. */
function openBrowser(url: string, good_s: number): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR: folder } = process.env;
  const program = findProgram('xdg-open');
  if (!(DISPLAY || WAYLAND_DISPLAY) || !folder || !program || process.getuid?.() === 0) return false;
  try {
    openPrivateLink(url, { folder, program, good_s });
    return true;
  } catch {
    return false; // it is printed, which needs no folder
  }
}
