// Tests of a booted machine: reached by ssh, or booted here from an image's root. Numbered, each runnable alone.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure, messageOf, Skip } from '../checks/command.ts';
import { type Check, Report } from '../checks/report.ts';
import { Browser } from './browse.ts';
import { Context, type MachineTest } from './context.ts';
import { link, runIsolated, scratch, settleIn } from './isolate.ts';
import type { Machine } from './machine.ts';
import { unpairProbe } from './stream.ts';
import { type Upgrades, upgrade_tests } from './upgrades.ts';

const help = `usage: harness/vm/run --ssh USER@HOST [NUMBER…] [options]
       harness/vm/run --nspawn ROOT | --qemu ROOT | --ostree ROOT …

Tests a booted machine from outside: that it runs, that its host is announced,
pairs and streams, and what of this survives.

  # a real machine; nothing that disturbs it
  harness/vm/run --ssh bazzite@192.168.1.20
  # these two; 050 reboots it
  harness/vm/run --ssh root@box 040 050
  # the image as a container (root, 2 s to boot)
  harness/vm/run --nspawn build/image/root
  # the image as a virtual machine (root, a minute to boot)
  harness/vm/run --qemu build/image/root 070 080
  # upgrade and rollback between versions of the image (root)
  harness/vm/run --ostree build/image/root
  harness/vm/run --list

  --seat USER       whose host is looked at (punktfunk)
  --port PORT       the host's HTTP port (47989)
  --controls NUMBERS|all
                    after these tests (080,090), break what they look at, and
                    see them fail
  --json            one JSON document on standard output
  --list            the tests

A machine reached by ssh needs a key that opens it, and root or sudo without a
password. Tests that disturb it (a reboot, losses on its link, a restarted host)
run there only when asked for by number. Exit codes: 0 all passed, 1 a test
failed, 2 usage, 3 the machine cannot be reached or does not boot.`;

const exit = { ok: 0, failed: 1, usage: 2, no_machine: 3 } as const;
const tests_dir = join(import.meta.dirname, 'tests');

interface Wish {
  readonly kind: Machine['kind'] | 'ostree';
  readonly where: string;
  readonly numbers: readonly string[];
  readonly seat: string;
  readonly base_port: number;
  readonly controls: readonly string[];
  readonly json: boolean;
}

class UsageError extends Error {}

function readWish(args: string[]): Wish | 'help' | 'list' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ssh: text,
      nspawn: text,
      qemu: text,
      ostree: text,
      seat: { ...text, default: 'punktfunk' },
      port: { ...text, default: '47989' },
      controls: { ...text, default: '' },
      json: flag,
      list: flag,
      help: { ...flag, short: 'h' },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  const kinds = (['ssh', 'nspawn', 'qemu', 'ostree'] as const).filter((kind) => values[kind] !== undefined);
  const [kind] = kinds;
  const where = kind && values[kind];
  if (!kind || !where || kinds.length > 1)
    throw new UsageError('name one machine: --ssh, --nspawn, --qemu or --ostree');
  if (kind !== 'ssh' && !statSync(join(where, 'usr/lib/systemd/systemd'), { throwIfNoEntry: false }))
    throw new UsageError(
      `${where} is not the root of an image: it has no /usr/lib/systemd/systemd (npm run image makes build/image/root)`,
    );
  const base_port = Number(values.port);
  if (!Number.isInteger(base_port) || base_port < 1024 || base_port > 65_000)
    throw new UsageError('--port wants a number from 1024 to 65000');
  return {
    kind,
    where: kind === 'ssh' ? where : resolve(where),
    numbers: positionals,
    seat: values.seat,
    base_port,
    controls: values.controls.split(',').filter((word) => word !== ''),
    json: values.json ?? false,
  };
}

function checkNumbers(numbers: readonly string[], known: readonly string[]): void {
  const unknown = numbers.filter((number) => !known.includes(number));
  if (unknown.length > 0) throw new UsageError(`there is no test ${unknown.join(', ')} here; --list shows them`);
}

async function loadTests(numbers: readonly string[]): Promise<Map<string, MachineTest>> {
  const files = readdirSync(tests_dir)
    .filter((name) => /^\d{3}-.*\.ts$/.test(name))
    .sort();
  const known = new Map(files.map((file) => [file.slice(0, 3), file]));
  checkNumbers(numbers, [...known.keys()]);
  const wanted = [...known.keys()].filter((number) => numbers.length === 0 || numbers.includes(number));
  const load = async (number: string): Promise<[string, MachineTest]> => [
    number,
    ((await import(join(tests_dir, known.get(number) ?? ''))) as { test: MachineTest }).test,
  ];
  return new Map(await Promise.all(wanted.map(load)));
}

/** The machine, and a browser that was listening before it booted: the time of the first announcement counts. */
async function reach({
  kind,
  where,
}: {
  kind: Machine['kind'];
  where: string;
}): Promise<{ machine: Machine; browser: Browser }> {
  let browser: Browser | undefined;
  const onLink = async () => {
    browser = await Browser.open(link.ours);
  };
  try {
    const machine = await open[kind](where, onLink);
    browser ??= await Browser.open();
    return { machine, browser };
  } catch (error) {
    browser?.close();
    throw error;
  }
}

const open: Record<Machine['kind'], (where: string, onLink: () => Promise<void>) => Promise<Machine>> = {
  ssh: async (target) => (await import('./ssh.ts')).reachBySsh(target),
  nspawn: async (root, onLink) => (await import('./nspawn.ts')).bootContainer({ root, onLink }),
  qemu: async (root, onLink) => (await import('./qemu.ts')).bootGuest({ root, onLink }),
};

function reasonToSkip(test: MachineTest, machine: Machine, asked: boolean): string | undefined {
  if (test.only && !test.only.when(machine)) return test.only.needs;
  return test.disrupts && !machine.throw_away && !asked ? `it ${test.disrupts}; ask for it by its number` : undefined;
}

async function runTests(wish: Wish & { kind: Machine['kind'] }, tests: Map<string, MachineTest>): Promise<number> {
  const report = new Report(wish);
  const own_dir = mkdtempSync(join(scratch() ?? tmpdir(), 'pf-probe-'));
  let machine: Machine | undefined;
  let browser: Browser | undefined;
  try {
    ({ machine, browser } = await reach(wish));
    const context = new Context({
      machine,
      seat: wish.seat,
      base_port: wish.base_port,
      probe_dir: own_dir,
      browser,
      figure: report.figure,
    });
    report.begin(machine.name);
    for (const [number, test] of tests) {
      const check = checkOf(number, test);
      const reason = reasonToSkip(test, machine, wish.numbers.includes(number));
      if (reason !== undefined) report.skipped(check.name, reason);
      else if ((await report.check(check, context)) && wish.controls.some((word) => word === 'all' || word === number))
        await report.controls(check, context);
    }
    if (!machine.throw_away) await unpairProbe(context);
  } catch (error) {
    report.noMachine(messageOf(error));
  } finally {
    browser?.close();
    await machine?.close();
    rmSync(own_dir, { recursive: true, force: true });
  }
  return report.finish();
}

/** Tests between versions of an image; they share one sysroot and end where the first fails to leave it whole. */
async function runUpgrades({ where, numbers, seat, base_port, json }: Wish): Promise<number> {
  const report = new Report({ json });
  const probe_dir = mkdtempSync(join(scratch() ?? tmpdir(), 'pf-probe-'));
  const shared: Upgrades = { root: where, probe_dir, seat, base_port, figure: report.figure };
  report.begin(`deployments of ${where}`);
  for (const [number, test] of Object.entries(upgrade_tests)) {
    if (numbers.length > 0 && !numbers.includes(number)) continue;
    if (!(await report.check({ ...test, name: `${number} ${test.name}` }, shared))) break;
  }
  return report.finish();
}

/** With the end of the seat's journal where it fails, and less patience while the machine is spoilt. */
const checkOf = (number: string, test: MachineTest): Check<Context> => ({
  name: `${number} ${test.name}`,
  short: number,
  run: (context) =>
    test.run(context).catch(async (error: unknown) => {
      if (context.spoilt || error instanceof Skip) throw error;
      throw new Failure(`${messageOf(error)}\n${await journalEnd(context)}`);
    }),
  controls: (test.controls ?? []).map(({ what, spoil, mend }) => ({
    what,
    spoil: async (context) => {
      await spoil(context);
      context.spoilt = true;
      return context;
    },
    mend: async (context) => {
      context.spoilt = false;
      await mend(context);
    },
  })),
});

/** The last that the seat's programs said: what helps to understand a failure. */
async function journalEnd({ machine, seat }: Context): Promise<string> {
  const look = `journalctl --no-pager --quiet -o cat -n 12 _UID="$(id -u '${seat}')"`;
  const output = await machine.run(look, { timeout_ms: 20_000 }).catch(() => undefined);
  return output?.stdout ? `the end of the seat's journal:\n${output.stdout.trimEnd()}` : '';
}

async function main(words: string[]): Promise<number> {
  let wish: ReturnType<typeof readWish>;
  let tests: Map<string, MachineTest>;
  try {
    wish = readWish(words);
    tests = await loadTests(typeof wish === 'string' || wish.kind === 'ostree' ? [] : wish.numbers);
    if (typeof wish !== 'string' && wish.kind === 'ostree') checkNumbers(wish.numbers, Object.keys(upgrade_tests));
  } catch (error) {
    process.stderr.write(`harness/vm/run: ${messageOf(error)}. --help tells more.\n`);
    return exit.usage;
  }
  if (wish === 'help') {
    process.stdout.write(`${help}\n`);
    return exit.ok;
  }
  if (wish === 'list') {
    for (const [number, { name, disrupts, only }] of tests) {
      const remarks = [...(disrupts ? [disrupts] : []), ...(only ? [only.needs] : [])].join('; ');
      process.stdout.write(`${number}  ${name}${remarks ? ` (${remarks})` : ''}\n`);
    }
    for (const [number, { name }] of Object.entries(upgrade_tests))
      process.stdout.write(`${number}  ${name} (--ostree)\n`);
    return exit.ok;
  }
  if (wish.kind === 'ssh') return runTests({ ...wish, kind: wish.kind }, tests);
  if (process.getuid?.() !== 0) {
    process.stderr.write('harness/vm/run: booting an image needs root: sudo harness/vm/run …\n');
    return exit.usage;
  }
  if (scratch() === undefined) return runIsolated(import.meta.filename, words);
  await settleIn();
  return wish.kind === 'ostree' ? runUpgrades(wish) : runTests({ ...wish, kind: wish.kind }, tests);
}

// At once: what a machine leaves behind ends with us, and must not be waited for.
process.exit(await main(process.argv.slice(2)));
