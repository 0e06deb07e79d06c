// How the kit's commands end when they are told to in the middle, when nobody reads them, and when a disk is full: in real runs.

import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { runChild, startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { whyNone } from '../capture/desktop.ts';
import { openPairedProbe, openPictureHost } from '../e2e/picture-host.ts';
import { exits } from '../exits.ts';
import { parseReport } from '../kit/report.ts';
import { missingFor } from '../self-check/slow-build.ts';

const kit = [process.execPath, join(import.meta.dirname, '../main.ts')];
const stand_in = `${process.execPath} ${join(import.meta.dirname, '../kit/test-measurement.ts')}`;

const host = await openPictureHost(t);
const probe_dir = folder(t);
await openPairedProbe(host, 'the kit', probe_dir);
const where = ['127.0.0.1', '--port', `${host.base_port}`, '--probe-dir', probe_dir];
const no_desktop = whyNone(false);

/** What it says when it is in the middle. */
const commands: [words: readonly string[], middle: RegExp, why_not?: string | undefined][] = [
  [['latency', ...where, '--seconds', '600', '--budget-s', '900'], /\d{2} pictures/],
  [['soak', ...where, '--minutes', '60'], /of 60 minutes/],
  [['loss-live', ...where, '--seconds', '300'], /connecting/],
  [['throughput', '--seconds', '100'], / …/],
  [['encode', '--seconds', '600', '--budget-s', '900'], / …/],
  [['compare', `${stand_in} 1 2 3 --json`, `${stand_in} 1 2 3 --end waits --json`], /round 1/],
  [['capture', '--desktop', 'own', '--backend', 'wlroots', '--seconds', '600'], /a headless Sway starts/, no_desktop],
  [['self-check'], /our own host starts/, no_desktop],
  [['self-check', '--rounds', '0'], /compare, 1 of 1/, missingFor('tenth-slower')],
];

for (const [words, middle, why_not] of commands)
  t.test(`${words[0]} is cut short by SIGTERM, and says so`, { skip: why_not ?? false }, async (t) => {
    const child = startChild([...kit, ...words, '--json'], { owner: t });
    const [out, exit] = [text(child.stdout), once(child, 'exit')];
    let err = '';
    child.stderr.on('data', (part: Buffer) => {
      err += part.toString();
    });
    await eventually(`the middle of ${words[0]}`, () => middle.test(err) || child.exitCode !== null);
    child.kill('SIGTERM');
    t.same(await exit, [exits.cut_short, null], err);
    const { partial, verdict } = parseReport(await out, 'it');
    t.equal(partial, 'Cut short by SIGTERM.');
    t.match(verdict, { result: 'cut_short', text: /This says nothing yet/ });
  });

t.test('measure ends its part, and makes the page of what there is', async (t) => {
  const dir = join(folder(t), 'out');
  const child = startChild([...kit, 'measure', '--only', 'encode', '--dir', dir], { owner: t });
  const exit = once(child, 'exit');
  child.stdout.resume();
  let err = '';
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  await eventually('an encoder at work', () => / …/.test(err));
  child.kill('SIGTERM');
  t.same(await exit, [exits.cut_short, null], err);
  t.match(readFileSync(join(dir, 'page.html'), 'utf8'), /This report is partial: Cut short by SIGTERM/);
});

const soon = ['encode', '--size', '64x64', '--content', 'small', '--bitrate-kbps', '1000', '--seconds', '0.1'];

t.test('a reader that leaves changes nothing of what was measured', async (t) => {
  const out = join(folder(t), 'a.json');
  for (const words of [soon, [...soon, '--json']]) {
    const child = startChild([...kit, ...words, '--out', out], { owner: t });
    const exit = once(child, 'exit');
    child.stdout.destroy();
    const err = await text(child.stderr);
    t.same(await exit, [exits.passed, null], err);
    t.equal(parseReport(readFileSync(out, 'utf8'), out).verdict.result, 'passed');
  }
});

t.test('a full device', async (t) => {
  const out = await runChild(['sh', '-c', '"$@" >/dev/full', 'sh', ...kit, ...soon]);
  t.equal(out.code, exits.unwritten);
  t.match(out.err, /The output could not be written: .*no space left on device/);
  const file = await runChild([...kit, ...soon, '--out', '/dev/full']);
  t.equal(file.code, exits.unwritten);
  t.match(file.err, /^\/dev\/full could not be written: .*no space left on device/m);
});

const may_mount = (await runChild(['unshare', '-Urm', 'true'])).code === 0;
const no_disk = may_mount ? false : 'this machine lets nobody mount a disk of his own (user namespaces)';

t.test('a disk that is full keeps the report of before, and no half of another', { skip: no_disk }, async (t) => {
  const disk = join(folder(t), 'disk');
  mkdirSync(disk);
  const script = `mount -t tmpfs -o size=16k none ${disk} && printf earlier >${disk}/a.json && head -c 12000 /dev/zero >${disk}/filled
    "$@" --out ${disk}/a.json; echo "code $?"; "$@" --out ${disk}/new.json; echo "code $?"; cat ${disk}/a.json; echo; ls ${disk}`;
  const many = Array.from({ length: 3000 }, (_, i) => `${i}`);
  const { out, err } = await runChild(['unshare', '-Urm', 'sh', '-c', script, 'sh', ...stand_in.split(' '), ...many]);
  t.match(err, /a\.json could not be written: .*no space left on device.*\n(.*\n)*.*new\.json could not be written/);
  t.match(out, /code 7\n(.*\n)*code 7\nearlier\na\.json\nfilled\n$/);
});

t.test('a page that cannot be written leaves the one before', async (t) => {
  const [report, page] = ['a.json', 'page.html'].map((name) => join(folder(t), name)) as [string, string];
  await runChild([...stand_in.split(' '), '1', '2', '3', '--out', report]);
  writeFileSync(page, 'earlier');
  t.equal((await runChild([...kit, 'report', report, '--page', page])).code, exits.passed);
  t.match(readFileSync(page, 'utf8'), /^<!doctype html>/i);
  const full = await runChild([...kit, 'report', report, '--page', '/dev/full']);
  t.equal(full.code, exits.unwritten);
  t.match(full.err, /^\/dev\/full could not be written/m);
  t.notOk(existsSync(`${page}.tmp`));
});
