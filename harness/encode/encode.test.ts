import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { native_dir } from '../../src/installation.ts';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { exits } from '../exits.ts';
import { type Case, parseReport } from '../kit/report.ts';
import { psnrOf } from './main.ts';

const main = join(import.meta.dirname, '../main.ts');
const encode = (words: readonly string[], environment = process.env) =>
  runChild([process.execPath, main, 'encode', ...words], { environment });
const small = ['--size', '640x480', '--fps', '30', '--seconds', '0.5', '--json'];

const p50 = (one: Case | undefined, name: string) =>
  one?.series.find((series) => series.name === name)?.summary.p50 ?? Number.NaN;
const count = (one: Case | undefined, name: string) => one?.counts.find((counted) => counted.name === name)?.value;

t.test('PSNR is what textbooks say, and of equal pictures a number that a report holds', async (t) => {
  t.equal(psnrOf(255 ** 2), 0);
  t.ok(Math.abs(psnrOf(1) - 48.1308) < 1e-4);
  t.equal(psnrOf(0), 100);
});

t.test('each encoder, each rate: more bits look better, and what is asked for is about what comes', async (t) => {
  const { out, code, err } = await encode([...small, '--bitrate-kbps', '500,8000', '--content', 'game']);
  t.equal(code, exits.passed, err);
  const { cases, versions, notes } = parseReport(out, 'it');
  t.match(notes.join(' '), /VMAF is not measured|^$/);
  const libraries = Object.keys(versions).filter((name) => /264/i.test(name));
  t.ok(libraries.length > 0, 'an encoder is there');
  t.equal(cases.length, 2 * libraries.length);
  for (const library of libraries) {
    t.ok(versions[library]?.startsWith(library), 'it is that encoder, and no other');
    const [few, many] = ['500', '8000'].map((kbps) =>
      cases.find(({ name }) => name === `${library} 640x480@30 ${kbps} kbit/s game`),
    );
    for (const one of [few, many]) {
      t.equal(count(one, 'pictures'), 15);
      t.equal(count(one, 'pictures that did not come out of the decoder'), 0);
      t.ok(p50(one, 'encode') > 0 && p50(one, 'CPU') > 0);
      const largest_kb = count(one, 'largest picture') ?? Number.NaN;
      t.ok(largest_kb * 8 * 30 >= (count(one, 'rate') ?? Number.NaN), 'no picture is larger than the largest');
    }
    for (const likeness of ['PSNR of luma', 'SSIM of luma'])
      t.ok(p50(many, likeness) > p50(few, likeness), `${library}: ${likeness}`);
    // What is compared with another picture than its own, or read from another plane, is far below.
    t.ok(p50(many, 'PSNR of luma') > 30 && p50(many, 'SSIM of luma') > 0.9, `${library}: it is the same picture`);
    t.ok((count(many, 'rate') ?? 0) > 4 * (count(few, 'rate') ?? Number.NaN));
    // Two ways to compute the same.
    if (versions.libavfilter === undefined) t.match(notes.join(' '), /it was built without libavfilter/);
    else
      for (const [apart, most] of [
        ['PSNR', 0.001],
        ['SSIM', 0.0005],
      ] as const)
        t.ok(
          (count(many, `${apart}: FFmpeg's and ours are apart, at most`) ?? Number.NaN) < most,
          `${library}: ${apart}`,
        );
  }
});

t.test('on one thread the same pictures make the same bytes again', async (t) => {
  const rates = async () => {
    const { out } = await encode([...small, '--bitrate-kbps', '2000', '--content', 'typing', '--slices', '1']);
    return parseReport(out, 'it').cases.map((one) => [one.name, count(one, 'rate')]);
  };
  t.same(await rates(), await rates());
});

t.test('limits are held, and the time budget ends it', async (t) => {
  const one = [...small, '--bitrate-kbps', '2000', '--content', 'small'];
  const late = await encode([...one, '--max-p95-ms', '0.00001']);
  t.equal(late.code, exits.failed);
  t.match(late.err, /small: encode, p95: .* --max-p95-ms is 0\.00001/);
  const slow = await encode([...one, '--min-fps', '100000']);
  t.equal(slow.code, exits.failed);
  t.match(slow.err, /small: pictures encoded one after the other: .* frames\/s, and --min-fps is 100000/);
  const ugly = await encode([...one, '--min-ssim', '1.5', '--min-psnr-db', '101']);
  t.equal(ugly.code, exits.failed);
  t.match(ugly.err, /small: SSIM of luma that 95 of 100 pictures have: [01](\.\d+)?, and --min-ssim is 1\.5/);
  t.match(ugly.err, /small: PSNR of luma that 95 of 100 pictures have: [\d.]+ dB, and --min-psnr-db is 101/);
  t.equal((await encode([...one, '--min-ssim', '0.1', '--min-psnr-db', '5'])).code, exits.passed);
  const endless = await encode([...one, '--seconds', '3600', '--budget-s', '2']);
  t.equal(endless.code, exits.cut_short);
  t.match(parseReport(endless.out, 'it').partial, /time budget/);
});

t.test('words that make no sense are told', async (t) => {
  const wrong: [words: string[], sentence: RegExp][] = [
    [['--size', '1280x721'], /--size wants even sizes as 1280x720, with commas between them, not "1280x721"/],
    [['--size', '1280x720,'], /not ""/],
    [['--fps', '60,0'], /--fps wants .* not "0"/],
    [['--bitrate-kbps', 'much'], /--bitrate-kbps wants .* not "much"/],
    [['--content', 'game,none'], /--content wants some of full, .* not "none"/],
    [['--max-loss', '1'], /--max-loss/],
  ];
  for (const [words, sentence] of wrong) {
    const { code, err } = await encode(words);
    t.equal(code, exits.usage, words.join(' '));
    t.match(err, sentence);
  }
});

/** Where a copy's native files would be. */
function copy(t: Parameters<typeof folder>[0]) {
  const root = folder(t);
  for (const part of ['lib', 'bin']) mkdirSync(join(root, part));
  return {
    meter: join(root, 'bin/punktfunk-encode-meter'),
    environment: { ...process.env, PUNKTFUNK_NATIVE_DIR: join(root, 'lib') },
  };
}

t.test('a machine without an encoder, and a copy without the meter', async (t) => {
  const { meter, environment } = copy(t);
  const bare = await encode(small, environment);
  t.equal(bare.code, exits.not_measured);
  t.match(bare.err, /punktfunk-encode-meter is missing\. Mend it with: /);
  symlinkSync(resolve(native_dir, '../bin/punktfunk-encode-meter'), meter);
  const { code, out, err } = await encode(small, environment);
  t.equal(code, exits.not_measured);
  t.match(err, /No encoder works on this machine/);
  t.match(
    parseReport(out, 'it').notes.join(' '),
    /libx264 is not measured: it does not work here \(encoder_missing libx264\)/,
  );
});

/** A meter that says these lines of one encoder. */
function standIn(t: Parameters<typeof folder>[0], list: readonly string[], encoded: readonly string[]) {
  const { meter, environment } = copy(t);
  const said = (lines: readonly string[]) => lines.map((line) => `echo '${line}'`).join('\n');
  writeFileSync(
    meter,
    `#!/bin/sh\nif [ $# = 1 ]; then\n${said(list)}\nexit\nfi\n${said(['{"encoder":"lib 1"}', ...encoded])}\n`,
  );
  chmodSync(meter, 0o755);
  return encode([...small, '--bitrate-kbps', '2000', '--content', 'game'], environment);
}
const of_picture = (likeness: string) => `{"encode_ms":2,"cpu_ms":3,"bytes":100,"idr":true,${likeness}}`;

t.test("FFmpeg's figures count, and one that is not ours fails", async (t) => {
  const list = ['{"library":"lib"}', '{"libavfilter":"8.1.2","vmaf":false}'];
  const same = of_picture('"square_error":10,"ssim":0.9,"filter_square_error":10.000001,"filter_ssim":0.900001');
  const { code, out } = await standIn(t, list, [same, same]);
  t.equal(code, exits.passed);
  const { cases, versions, notes } = parseReport(out, 'it');
  t.equal(versions.libavfilter, '8.1.2');
  t.match(notes.join(' '), /VMAF is not measured: this libavfilter has no filter libvmaf\./);
  t.equal(p50(cases[0], 'SSIM of luma'), 0.900001);
  for (const other of [
    '"filter_square_error":10.1,"filter_ssim":0.9',
    '"filter_square_error":10,"filter_ssim":0.899',
  ]) {
    const apart = await standIn(t, list, [same, of_picture(`"square_error":10,"ssim":0.9,${other}`)]);
    t.equal(apart.code, exits.failed);
    t.match(apart.err, /FFmpeg's PSNR or SSIM and the kit's own are apart by .* one of them is wrong/);
  }
});

t.test('VMAF where there is one, and a build without filters says so', async (t) => {
  const picture = of_picture('"square_error":10,"ssim":0.9');
  const with_vmaf = await standIn(
    t,
    ['{"library":"lib"}', '{"libavfilter":"8.1.2","vmaf":true}'],
    [picture, picture, '{"vmaf":91.5}', '{"vmaf":93}'],
  );
  t.equal(p50(parseReport(with_vmaf.out, 'it').cases[0], 'VMAF'), 91.5);
  t.notMatch(with_vmaf.out, /VMAF is not measured/);
  t.match(with_vmaf.out, /FFmpeg's filters tell nothing of 2 of 2 pictures/);
  const without = parseReport((await standIn(t, ['{"library":"lib"}'], [picture, picture])).out, 'it');
  t.match(
    without.notes.join(' '),
    /built without libavfilter .* VMAF is not measured: it is a filter of libavfilter\./,
  );
  t.equal(p50(without.cases[0], 'SSIM of luma'), 0.9, 'the own figure');
});

t.test('an encoder that ends in the middle fails the run, and what it did counts', async (t) => {
  const { meter, environment } = copy(t);
  const picture = '{"encode_ms":2,"cpu_ms":3,"bytes":100,"idr":true}';
  writeFileSync(
    meter,
    `#!/bin/sh\n[ $# = 1 ] && exec echo '{"library":"lib"}'\necho '{"encoder":"lib 1"}'\necho '${picture}'\necho noise >&2\necho 'it broke' >&2\nexit 1\n`,
  );
  chmodSync(meter, 0o755);
  const { code, out } = await encode([...small, '--bitrate-kbps', '2000', '--content', 'game'], environment);
  t.equal(code, exits.failed);
  const { verdict, cases, versions } = parseReport(out, 'it');
  t.match(verdict.text, /lib 640x480@30 2000 kbit\/s game: it broke/);
  t.equal(versions.lib, 'lib 1');
  t.equal(count(cases[0], 'pictures that did not come out of the decoder'), 1);
  t.same(
    cases[0]?.series.map(({ name }) => name),
    ['encode', 'CPU'],
    'no likeness that nobody measured',
  );
});
