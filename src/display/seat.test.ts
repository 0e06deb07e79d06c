import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../test-children.ts';
import { folder } from '../test-folder.ts';

const program = [process.execPath, join(import.meta.dirname, 'seat.ts')];

t.test("the seat's Sway gets its configuration and the machine's keyboard", async (t) => {
  const runtime = folder(t);
  const environment = {
    ...process.env,
    XDG_RUNTIME_DIR: runtime,
    XKB_DEFAULT_LAYOUT: 'de',
    XKB_DEFAULT_VARIANT: "neo'; x",
  };
  const { code, out, err } = await runChild(program, { environment });
  t.match({ code, err }, { code: 0, err: '' });
  // A shell reads it as the unit's script does.
  const shell = await runChild(
    ['sh', '-c', `${out}printf '%s|' "$XKB_DEFAULT_LAYOUT" "$XKB_DEFAULT_VARIANT" "$sway_config"`],
    {
      environment: { ...process.env, XDG_RUNTIME_DIR: runtime },
    },
  );
  const [layout, variant, config = ''] = shell.out.split('|');
  t.equal(layout, 'de');
  t.notMatch(variant, "'", 'nothing of it is a command');
  const text = readFileSync(config, 'utf8');
  t.match(text, /^output HEADLESS-1 mode --custom 1920x1080@60Hz$/m);
  t.match(text, /^exec sh \/usr\/lib\/punktfunk\/session\/started\.sh$/m, 'tells systemd that the desktop is up');
  t.match(text, /status_command exec sh "\$XDG_RUNTIME_DIR\/punktfunk-session\/bar\.sh"/);
  t.equal(statSync(join(runtime, 'punktfunk-session')).mode & 0o777, 0o700);
});

t.test('without a runtime directory there is a sentence', async (t) => {
  const { code, err } = await runChild(program, { environment: { ...process.env, XDG_RUNTIME_DIR: undefined } });
  t.match({ code, err }, { code: 1, err: /^The seat has no XDG_RUNTIME_DIR.*\n$/ });
});
