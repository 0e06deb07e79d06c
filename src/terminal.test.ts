// The host on a terminal: what Ctrl-C there reaches, and what it does not. script(1) makes the terminal.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { missingPrograms } from './display/embedded-programs.ts';
import { livingIn, nameOf } from './display/test-desktop.ts';
import { findProgram } from './find-program.ts';
import { package_root } from './installation.ts';
import { startChild } from './test-children.ts';
import { folder } from './test-folder.ts';
import { freeBasePort } from './test-ports.ts';

const missing = [...(findProgram('script') ? [] : ['script']), ...missingPrograms()];
const skip =
  process.getuid?.() === 0 ? 'Sway refuses root' : missing.length > 0 ? `${missing.join(', ')} not installed` : false;

t.test('Ctrl-C ends the host in order, with no line of level error', { skip }, async (t) => {
  const directory = folder(t);
  const keyboard_path = join(directory, 'keyboard');
  execFileSync('mkfifo', [keyboard_path]);
  const keyboard = openSync(keyboard_path, 'r+');
  t.teardown(() => closeSync(keyboard));
  const host = [process.execPath, join(package_root, 'src/main.ts'), 'serve', '--json', '--display', 'embedded'];
  const settings = ['--data-dir', directory, '--bind', '127.0.0.1', '--base-port', String(await freeBasePort())];
  const command = [...host, ...settings, '--discovery', 'false'].map((word) => `'${word}'`).join(' ');
  const terminal = startChild(['sh', '-c', `exec script -qefc "${command}" /dev/null < '${keyboard_path}'`], {
    environment: { ...process.env, XDG_RUNTIME_DIR: directory },
    owner: t,
  });
  const ended = once(terminal, 'exit');
  const lines: { level: string; event?: string; msg: string }[] = [];
  for await (const line of createInterface({ input: terminal.stdout })) {
    const at = line.indexOf('{'); // the terminal shows what was typed
    if (at < 0) continue;
    const said = JSON.parse(line.slice(at)) as (typeof lines)[number];
    lines.push(said);
    if (said.event !== 'ready') continue;
    const names = livingIn(directory).map((pid) => nameOf(pid));
    for (const name of ['sway', 'pipewire', 'wireplumber', 'dbus-daemon']) t.ok(names.includes(name), `${name} runs`);
    writeSync(keyboard, '\x03');
  }
  t.same((await ended)[0], 0, 'exit code');
  t.match(lines.at(-1), { event: 'stopped' });
  t.ok(
    lines.some(({ msg }) => msg.startsWith('Stopping (SIGINT)')),
    'it was Ctrl-C',
  );
  t.same(
    lines.filter(({ level }) => ['warn', 'error', 'fatal'].includes(level)).map(({ msg }) => msg),
    [],
    'nothing went wrong',
  );
});
