// The workflow files cannot run here. What can be known of them: that they parse, what they call exists, nothing foreign runs unpinned, and
// whoever makes a release is told of every secret and setting.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { parse } from 'tap-yaml';

const checkout = resolve(import.meta.dirname, '../..');
const folder = join(checkout, '.github/workflows');

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
}

interface Workflow {
  on?: unknown;
  permissions?: unknown;
  jobs?: Record<
    string,
    { steps?: Step[]; uses?: string; 'runs-on'?: string; 'timeout-minutes'?: number; container?: unknown }
  >;
}

/** Everything wrong with a workflow, a sentence each. `told` is the text that has to name its secrets and settings. */
function problemsOf(text: string, told: string): string[] {
  let workflow: Workflow;
  try {
    workflow = parse(text) as Workflow;
  } catch (error) {
    return [`It is no YAML: ${error instanceof Error ? error.message : error}`];
  }
  const sentences: string[] = [];
  const jobs = Object.entries(workflow?.jobs ?? {});
  if (workflow?.on === undefined) sentences.push('It says no "on".');
  if (workflow?.permissions === undefined) sentences.push('It says no "permissions": it would get all of them.');
  if (jobs.length === 0) sentences.push('It has no jobs.');
  for (const [name, job] of jobs) {
    if (job['runs-on'] === undefined) sentences.push(`${name} does not say "runs-on".`);
    if (job['timeout-minutes'] === undefined) sentences.push(`${name} has no "timeout-minutes".`);
    for (const used of [job.uses, ...(job.steps ?? []).map(({ uses }) => uses)]) {
      if (used !== undefined && !used.startsWith('./') && !/@[0-9a-f]{40}$/.test(used))
        sentences.push(`${name} uses ${used}, which is not pinned by a commit.`);
    }
    for (const step of job.steps ?? []) {
      if (step.uses === undefined && step.run === undefined) sentences.push(`A step of ${name} does nothing.`);
      sentences.push(...commandProblems(step.run ?? ''));
      // What an expression gives is put into the text of a script before a shell reads it: a branch's name could be a command.
      if (step.run?.includes('${{'))
        sentences.push(`"${step.name}" has an expression in its script; it belongs into "env".`);
    }
  }
  for (const [, kind, name] of text.matchAll(/\$\{\{\s*(secrets|vars)\.([A-Za-z0-9_]+)\s*\}\}/g)) {
    if (!told.includes(`\`${name}\``))
      sentences.push(`The ${kind === 'vars' ? 'setting' : 'secret'} ${name} is not named in docs/release.md.`);
  }
  return sentences;
}

const scripts = Object.keys(
  (JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { scripts: object }).scripts,
);

/** What npm is asked to run must be a script of package.json. */
const npmProblems = (script: string): string[] =>
  [...script.matchAll(/\bnpm (?:run (?:--?\S+ )*|(?=test\b))([\w:]+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !scripts.includes(name))
    .map((name) => `npm has no script "${name}".`);

/** Scripts that a command names must be files of the checkout, and runnable when they are run by themselves. */
function pathProblems(script: string): string[] {
  const sentences: string[] = [];
  for (const [, before, path = ''] of script.matchAll(
    /(^|[\s;&|(])((?:\.\/|\.ci\/|ci\/|tools\/|packaging\/|bootc\/|harness\/)[\w./-]+)/gm,
  )) {
    const file = join(checkout, path);
    if (!existsSync(file)) sentences.push(`${path} does not exist.`);
    else if (before !== undefined && runsItself(script, path) && (statSync(file).mode & 0o111) === 0)
      sentences.push(`${path} cannot be run.`);
  }
  return sentences;
}

const commandProblems = (script: string): string[] => [...pathProblems(script), ...npmProblems(script)];

const runsItself = (script: string, path: string): boolean =>
  !new RegExp(`(sh|bash|node)\\s+${path.replaceAll('.', '\\.')}`).test(script);

const told = readFileSync(join(checkout, 'docs/release.md'), 'utf8');

for (const name of readdirSync(folder)) {
  t.test(name, async (t) => {
    t.strictSame(problemsOf(readFileSync(join(folder, name), 'utf8'), told), []);
  });
}

t.test('every push runs what .ci/run runs, a tag makes a release', async (t) => {
  const read = (name: string) => parse(readFileSync(join(folder, name), 'utf8')) as Workflow;
  const scriptsOf = (workflow: Workflow) =>
    Object.values(workflow.jobs ?? {}).flatMap(({ steps = [] }) => steps.map(({ run = '' }) => run));
  const build = read('build.yml');
  t.match(build.on, { push: {} });
  t.ok(scriptsOf(build).some((script) => script.endsWith(' .ci/run')));
  const release = read('release.yml');
  t.match(release.on, { push: { tags: ['v*'] } });
  // In this order: nothing is signed before it is made, nothing published before it is verified.
  const order = [
    'settings.sh',
    'packages.sh',
    'tools/image.sh --base "$BASE_IMAGE"',
    'publish-image.sh',
    'sign.sh files',
    'check-release.sh',
    'gh release create',
  ];
  const scripts = scriptsOf(release).join('\n');
  const places = order.map((call) => scripts.indexOf(call));
  t.ok(
    places.every((place) => place >= 0),
    `${order.filter((_, index) => (places[index] ?? -1) < 0)} is missing`,
  );
  t.strictSame(
    places,
    [...places].sort((a, b) => a - b),
  );
});

interface GitLabJob {
  readonly image?: string;
  readonly timeout?: string;
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
  readonly after_script?: readonly string[];
}

t.test('GitLab runs the same', async (t) => {
  const { stages, ...jobs } = parse(readFileSync(join(checkout, '.gitlab-ci.yml'), 'utf8')) as Record<
    string,
    GitLabJob
  >;
  t.same(Object.keys(jobs), stages);
  for (const [name, job] of Object.entries(jobs)) {
    const lines = [...(job.before_script ?? []), ...(job.script ?? []), ...(job.after_script ?? [])];
    t.ok((job.script ?? []).length > 0 && job.timeout !== undefined, `${name} does something, for so long at most`);
    t.strictSame(lines.flatMap(commandProblems), [], name);
    // A part of a name with a dot or a port in it is a registry.
    t.notMatch(job.image ?? '', /^[^/]*[.:][^/]*\//, `${name} names no registry`);
  }
  t.same(jobs.test?.script, ['.ci/run']);
  const github = parse(readFileSync(join(folder, 'hardware.yml'), 'utf8')) as Workflow;
  const steps = github.jobs?.measure?.steps?.map(({ run = '' }) => run) ?? [];
  for (const line of jobs.hardware?.script ?? []) t.ok(steps.includes(line), line);
});

t.test('machines measure what is on the main branch alone', async (t) => {
  const { on } = parse(readFileSync(join(folder, 'hardware.yml'), 'utf8')) as Workflow;
  t.strictSame(on, { push: { branches: ['main'] }, workflow_dispatch: null });
});

t.test('the image is linted by bootc itself, on Bazzite without exception', async (t) => {
  const last = readFileSync(join(checkout, 'Containerfile'), 'utf8').trim().split('\n').at(-1) ?? '';
  t.match(last, /^RUN .*bootc\/lint\.sh/);
  t.match(readFileSync(join(checkout, 'bootc/lint.sh'), 'utf8'), 'bootc container lint --fatal-warnings');
});

/** As a workflow writes it: a template string of YAML, not of ours. */
const expression = (text: string): string => `$\{{ ${text} }}`;

t.test('what would be wrong is found', async (t) => {
  const workflow = (step: string) =>
    `on: push\npermissions: {contents: read}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps:\n      - ${step}\n`;
  const cases: [text: string, sentence: string][] = [
    [workflow('uses: actions/checkout@v4'), 'a uses actions/checkout@v4, which is not pinned by a commit.'],
    [workflow('uses: actions/checkout@main'), 'a uses actions/checkout@main, which is not pinned by a commit.'],
    [workflow('run: bash ci/nothing.sh'), 'ci/nothing.sh does not exist.'],
    [workflow('run: true && .ci/nothing'), '.ci/nothing does not exist.'],
    [workflow('run: npm run nothing'), 'npm has no script "nothing".'],
    [workflow('run: true && npm run --silent tests -- x'), 'npm has no script "tests".'],
    [workflow('run: ci/release/tools.sh'), 'ci/release/tools.sh cannot be run.'],
    [
      workflow(`{name: x, run: "echo ${expression('github.head_ref')}"}`),
      '"x" has an expression in its script; it belongs into "env".',
    ],
    [
      workflow(`{run: "true", env: {A: "${expression('secrets.UNHEARD_OF')}"}}`),
      'The secret UNHEARD_OF is not named in docs/release.md.',
    ],
    [
      workflow(`{run: "true", env: {A: "${expression('vars.UNHEARD_OF')}"}}`),
      'The setting UNHEARD_OF is not named in docs/release.md.',
    ],
    [workflow('name: x'), 'A step of a does nothing.'],
    [
      workflow('run: "true"').replace('permissions: {contents: read}\n', ''),
      'It says no "permissions": it would get all of them.',
    ],
    [workflow('run: "true"').replace('    timeout-minutes: 5\n', ''), 'a has no "timeout-minutes".'],
    ['on: push\npermissions: {}\n', 'It has no jobs.'],
  ];
  for (const [text, sentence] of cases) t.strictSame(problemsOf(text, told), [sentence]);
  t.match(problemsOf('on: [', told), [/^It is no YAML/]);
  t.strictSame(problemsOf(workflow(`uses: actions/checkout@${'a'.repeat(40)}`), told), []);
});
