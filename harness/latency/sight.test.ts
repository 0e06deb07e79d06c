// A beacon that cannot be read, on a real desktop: each reason has a sentence of its own, and no figure is told.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findProgram } from '../../src/find-program.ts';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { beacon } from '../bench/built.ts';
import { quoted } from '../checks/command.ts';
import { TestHost } from '../e2e/host.ts';
import { openPairedProbe } from '../e2e/picture-host.ts';
import { exits } from '../exits.ts';
import { parseReport } from '../kit/report.ts';

const missing = ['sway', 'swaymsg', 'dbus-daemon', 'pipewire', 'wireplumber', 'foot'].find(
  (name) => !findProgram(name),
);
const skip =
  (process.getuid?.() === 0 && 'Sway refuses root') ||
  (missing !== undefined && `${missing} is missing`) ||
  (!existsSync(beacon) && `${beacon} is not built`);

const painting = quoted(beacon);
/** What is done once the beacon paints, which it tells. */
const thenDo = (line: string) =>
  `${painting} | { while read -r told; do case $told in *painted*) break ;; esac; done; ${line}; exec cat >/dev/null; }`;

/** Until Sway has the window: what is painted first comes to it a moment later. */
const window = (words: string) =>
  `until swaymsg -q '[app_id=punktfunk-beacon] fullscreen disable, floating enable, ${words}'; do sleep 0.05; done`;

/** What happens to the beacon, on which desktop; in this order, since a scale stays. */
const troubles: [title: string, line: string, sentence: RegExp][] = [
  [
    'hidden',
    thenDo('foot --fullscreen sleep 600'),
    /No (beacon can be read in \d+ pictures|picture came while .* stands)\. Is it running on the desktop that is streamed, in front/,
  ],
  [
    'recoloured',
    // Sway 1.7 shows what fills the screen by itself as it is, so that it has to be a window in front of others.
    thenDo(window('border none, resize set 1280 720, move absolute position 0 0, opacity 0.3')),
    /its colours are changed \(its black is \d+ and its white \d+, of 255\): a night light/,
  ],
  [
    'beside its place',
    thenDo(window('border none, resize set 1000 600, move absolute position 60 40')),
    /It is there, but about \d\d pixels to the right and \d\d below the corner: it has to fill the screen/,
  ],
  ['twice the size', `swaymsg -q 'output * scale 2'; exec ${painting} >/dev/null`, /but scaled to 200 %/],
  ['half again', `swaymsg -q 'output * scale 1.5'; exec ${painting} >/dev/null`, /but scaled to 150 %/],
];

t.test('why there is no figure is told, each reason in its own words', { skip }, async (t) => {
  const apps = [['whole', `exec ${painting} >/dev/null`] as const, ...troubles].map(([title, line]) => ({
    title,
    command: ['sh', '-c', line],
  }));
  const host = new TestHost(await freeBasePort(), () => apps, ['--display', 'embedded', '--discovery', 'false']);
  t.teardown(async () => {
    await host.stop('SIGKILL');
    host.remove();
  });
  await host.event('ready');
  const probe_dir = folder(t);
  const probe = await openPairedProbe(host, 'the kit', probe_dir);
  const measured = async (app: string) => {
    const where = ['127.0.0.1', '--port', `${host.base_port}`, '--probe-dir', probe_dir, '--app', app];
    const latency = [process.execPath, join(import.meta.dirname, '../main.ts'), 'latency', ...where];
    const { code, out } = await runChild([...latency, '--seconds', '3', '--json']);
    await probe.quit();
    const report = parseReport(out, 'it');
    return { code, report, names: report.cases.flatMap(({ series }) => series.map(({ name }) => name)) };
  };
  const whole = await measured('whole');
  t.equal(whole.code, exits.passed, whole.report.verdict.text);
  t.ok(whole.names.includes('painted to decoded'));
  for (const [title, , sentence] of troubles) {
    const { code, report, names } = await measured(title);
    t.equal(code, exits.not_measured, title);
    t.match(report.verdict.text, sentence);
    t.notOk(
      names.some((name) => name.startsWith('painted')),
      `${title}: ${names}`,
    );
  }
});
