import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import { around, readJunit } from './count.ts';

const here = (file: string) => JSON.stringify(join(import.meta.dirname, file));
/** What a program says that has a report. */
async function said(script: string): Promise<string[]> {
  const program = `
    const { Report, control } = await import(${here('report.ts')});
    const { expect, refused, sh, Skip } = await import(${here('command.ts')});
    const { TapReader } = await import(${here('count.ts')});
    const report = new Report();
    ${script}
    process.exitCode = report.finish();`;
  const { out, err } = await runChild([process.execPath, '--input-type=module', '-e', program]);
  return `${out}${err}`.trim().split('\n');
}

t.test('each end of a check has its line, and the last line is the count', async (t) => {
  const lines = await said(`
    const check = (name, run) => report.check({ name, run });
    await check('holds', async () => report.figure('it took', 1.234, 's'));
    await check('does not', async () => expect(false, 'it is\\nso'));
    await check('cannot', async () => { throw new Skip('no reason'); });
    await check('command', () => sh\`echo \${["a b", "c'd"]}; exit 3\`);
    await check('refuses', () => refused('no', sh\`echo no >&2; false\`));
    await check('accepts', () => refused('no', sh\`echo no\`));
    report.passed('counted elsewhere', 5);`);
  t.same(lines, [
    ...['ok: holds', '    it took: 1.23 s', 'FAILED: does not', '    it is', '    so', 'skipped: cannot: no reason'],
    ...['FAILED: command', `    echo 'a b' 'c'\\''d'; exit 3 ended with 3: a b c'd`, 'ok: refuses', 'FAILED: accepts'],
    ...['    it went through, and should have said "no"', 'ok: counted elsewhere', '7 passed, 3 failed'],
  ]);
});

t.test('a control that is not noticed, or noticed for another reason, fails', async (t) => {
  const lines = await said(`
    const controls = [['x', 'is x'], ['x', 'other'], ['good', '']].map(([it, words]) => control(it, words, async () => it));
    await report.controls({ name: 'it', run: async (it) => expect(it === 'good', it + ' is x'), controls }, 'good');`);
  t.same(lines, [
    ...[
      'ok: it fails with x',
      '    it said: x is x',
      'FAILED: it fails with x',
      '    it did not say "other", but: x is x',
    ],
    ...['FAILED: it fails with good', '    it passed all the same', '1 passed, 2 failed'],
  ]);
});

// Bash takes a socket on its standard input for a remote shell, whose settings it reads.
t.test("nobody's bashrc is read, however bash is called", async (t) => {
  const home = folder(t);
  writeFileSync(join(home, '.bashrc'), 'echo read');
  const lines = await said(`
    process.env.HOME = ${JSON.stringify(home)};
    delete process.env.SHLVL;
    console.log(await sh\`echo outer\`, await sh\`echo inner; bash -c true\`);`);
  t.same(lines, ['outer inner', '0 passed, 0 failed']);
});

const tap = `
# Subtest: one.test.ts
    # Subtest: inner
        ok 1 - a
        ok 2 - b
        1..2
    ok 1 - inner # time=1ms
    # Subtest: nothing asserted
        1..0
    ok 2 - nothing asserted # time=1ms
    not ok 3 - c
      ---
      why: so
      ...
    ok 4 - d # SKIP a reason
    1..4
not ok 1 - one.test.ts # time=2ms
ok 2 - two.test.ts # time=2ms
1..2`;
t.test('TAP: each result, or each assertion inside of them', async (t) => {
  const read = (leaves: boolean) => `
    const reader = new TapReader(report, (name) => 'file: ' + name, ${leaves});
    for (const line of ${JSON.stringify(tap)}.split('\\n')) reader.line(line);
    reader.end();`;
  const results = (lines: string[]) => lines.filter((line) => /^\S/.test(line));
  t.same(results(await said(read(false))), [
    'FAILED: file: one.test.ts',
    'ok: file: two.test.ts',
    '1 passed, 1 failed',
  ]);
  t.same(results(await said(read(true))), [
    ...[
      'FAILED: one.test.ts > c',
      'skipped: one.test.ts > d: a reason',
      'ok: one.test.ts (3)',
      'ok: file: two.test.ts',
    ],
    '4 passed, 1 failed',
  ]);
});

t.test("ctest: doctest's cases, and one for a program without", async (t) => {
  const program = (name: string, status: string, output: string, sign = '<failure message=""/>') =>
    `<testcase name="${name}" classname="${name}" time="1" status="${status}">\n${sign}<system-out>${output}</system-out></testcase>`;
  const counts = '[doctest] test cases:  7 |  5 passed | 2 failed | 0 skipped';
  const programs = [
    program('core', 'fail', `a &lt; b\n${counts}\nERROR: x`),
    program('plain', 'run', 'x', ''),
    program('died', 'fail', ''),
    program('skips', 'notrun', 'skipped: y: because', '<skipped message="SKIP_RETURN_CODE=77"/>'),
    program('absent', 'notrun', '', '<skipped message="Unable to find executable"/>'),
  ];
  const read = readJunit(programs.join('\n'));
  t.same(
    read.map(({ name, passed, failed, skipped }) => [name, passed, failed, ...skipped]),
    [
      ['core', 5, 2],
      ['plain', 1, 0],
      ['died', 0, 1],
      ['skips', 0, 0, 'y: because'],
      ['absent', 0, 1],
    ],
  );
  t.equal(around(read[0]?.output ?? '', /ERROR|a </, 0, 5), 'a < b\nERROR: x');
});
