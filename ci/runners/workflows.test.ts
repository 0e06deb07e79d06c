// What is enrolled fits what the workflows ask for: the label, and the programs that they call.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'tap-yaml';
import { hardware_label, parseFleet } from './config.ts';
import { fleet } from './test-fleet.ts';

const checkout = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(checkout, path), 'utf8');

interface Job {
  readonly 'runs-on'?: string;
  readonly steps?: readonly { readonly run?: string }[];
}

const jobs = globSync('.github/workflows/*.yml', { cwd: checkout }).flatMap((path) =>
  Object.values((parse(read(path)) as { jobs: Record<string, Job> }).jobs),
);

t.test('what asks for a machine of ours asks for the label that each has', async (t) => {
  const own = jobs.filter((job) => !job['runs-on']?.startsWith('ubuntu-'));
  t.same(new Set(own.map((job) => job['runs-on'])), new Set([hardware_label]));
  const { hardware } = parse(read('.gitlab-ci.yml')) as { hardware: { tags: string[] } };
  t.same(hardware.tags, [hardware_label]);
  t.ok(parseFleet(fleet).runners.every(({ labels }) => labels.includes(hardware_label)));
  t.match(read('ci/runners/README.md'), new RegExp(`labels: \\[${hardware_label}, `));
});

t.test('the programs that it calls are looked for before a host is enrolled', async (t) => {
  const scripts = jobs
    .filter((job) => job['runs-on'] === hardware_label)
    .flatMap(({ steps = [] }) => steps.map(({ run = '' }) => run));
  const programs = new Set(
    scripts.flatMap((script) => [...script.matchAll(/^(\w+) /gm)].map(([, program]) => program)),
  );
  const [, looked_for = ''] = /^for program in (.*); do$/m.exec(read('ci/runners/remote/enrol.sh')) ?? [];
  t.same([...programs].sort(), looked_for.split(' ').sort());
});
