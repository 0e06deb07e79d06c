import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { openPrivateLink } from './private-link.ts';

t.test('a browser is given a file of its user alone, which goes with the link', async (t) => {
  const dir = folder(t);
  const [go, args] = [join(dir, 'go'), join(dir, 'args')];
  execFileSync('mkfifo', [go]);
  const make = (name: string, script: string) => {
    writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir, name), 0o755);
    return join(dir, name);
  };
  const program = make('xdg-open', `tr '\\0' '\\n' </proc/$$/cmdline >${args}.new; mv ${args}.new ${args}`);
  make('sleep', `echo "$1" >${dir}/slept; read _ <${go}`);
  const path = process.env.PATH;
  process.env.PATH = `${dir}:${path}`;
  t.teardown(() => {
    process.env.PATH = path;
  });
  const url = 'https://127.0.0.1:47990/sign-in#a-secret';
  openPrivateLink(url, { folder: dir, program, good_s: 60 });
  const given = await eventually('the browser', () => existsSync(args) && readFileSync(args, 'utf8'));
  t.notMatch(given, 'a-secret');
  const file = given.split('\n').find((one) => one.endsWith('.html')) ?? '';
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(readFileSync(file, 'utf8'), `content="0;url=${url}"`);
  await eventually('it waits', () => existsSync(join(dir, 'slept')));
  t.equal(readFileSync(join(dir, 'slept'), 'utf8'), '60\n');
  writeFileSync(go, '\n');
  await eventually('its end', () => !existsSync(file));
});
