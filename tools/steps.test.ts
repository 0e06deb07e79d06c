import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import t from 'tap';
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
  const scripts = globSync('ci/*.{sh,ts}', { cwd: root })
    .filter((file) => /^finish(\(\);)?$/m.test(readFileSync(resolve(root, file), 'utf8')))
    .map((file) => basename(file, extname(file)));
  const steps = [...quick, ...thirds.flat()];
  t.same(steps.toSorted(), scripts.toSorted());
  t.same(Object.keys(minutes).toSorted(), scripts.toSorted(), 'and says how long it takes');
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
