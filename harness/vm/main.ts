// Tests of a booted machine: reached by ssh, or booted here from an image's root. Numbered, each runnable alone.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Browser } from './browse.ts';
import { Context, type MachineTest } from './context.ts';
import { link, runIsolated, scratch, settleIn } from './isolate.ts';
import { type Machine, Skip } from './machine.ts';
import { Report } from './report.ts';
import { unpairProbe } from './stream.ts';

const help = `usage: harness/vm/run --ssh USER@HOST | --nspawn ROOT | --qemu ROOT  [NUMBER…] [options]

Tests a booted machine from outside: that it runs, that its host is announced, pairs and streams, and what of this survives.

  harness/vm/run --ssh bazzite@192.168.1.20            # a real machine; nothing that disturbs it
  harness/vm/run --ssh root@box 040 050                # these two; 050 reboots it
  harness/vm/run --nspawn build/image/root             # the image as a container (root, 2 s to boot)
  harness/vm/run --qemu build/image/root 070 080       # the image as a virtual machine (root, a minute to boot)
  harness/vm/run --list

  --seat USER       whose host is looked at (punktfunk)
  --base-port PORT  the host's HTTP port (47989)
  --controls        after each test, break what it looks at, and see it fail
  --json            one JSON document on standard output
  --list            the tests

A machine reached by ssh needs a key that opens it, and root or sudo without a password. Tests that disturb it (a reboot, losses on its
link, a restarted host) run there only when asked for by number.
Exit codes: 0 all passed, 1 a test failed, 2 usage, 3 the machine cannot be reached or does not boot.`;

const exit = { ok: 0, failed: 1, usage: 2, no_machine: 3 } as const;
const tests_dir = join(import.meta.dirname, 'tests');

interface Wish {
  readonly kind: Machine['kind'];
  readonly where: string;
  readonly numbers: readonly string[];
  readonly seat: string;
  readonly base_port: number;
  readonly controls: boolean;
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
      seat: { ...text, default: 'punktfunk' },
      'base-port': { ...text, default: '47989' },
      controls: flag,
      json: flag,
      list: flag,
      help: { ...flag, short: 'h' },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  const kinds = (['ssh', 'nspawn', 'qemu'] as const).filter((kind) => values[kind] !== undefined);
  const [kind] = kinds;
  const where = kind && values[kind];
  if (!kind || !where || kinds.length > 1) throw new UsageError('name one machine: --ssh, --nspawn or --qemu');
  if (kind !== 'ssh' && !statSync(join(where, 'usr/lib/systemd/systemd'), { throwIfNoEntry: false }))
    throw new UsageError(
      `${where} is not the root of an image: it has no /usr/lib/systemd/systemd (npm run image makes build/image/root)`,
    );
  const base_port = Number(values['base-port']);
  if (!Number.isInteger(base_port) || base_port < 1024 || base_port > 65_000)
    throw new UsageError('--base-port wants a number from 1024 to 65000');
  return {
    kind,
    where: kind === 'ssh' ? where : resolve(where),
    numbers: positionals,
    seat: values.seat,
    base_port,
    controls: values.controls ?? false,
    json: values.json ?? false,
  };
}

async function loadTests(numbers: readonly string[]): Promise<Map<string, MachineTest>> {
  const files = readdirSync(tests_dir)
    .filter((name) => /^\d{3}-.*\.ts$/.test(name))
    .sort();
  const known = new Map(files.map((file) => [file.slice(0, 3), file]));
  const unknown = numbers.filter((number) => !known.has(number));
  if (unknown.length > 0) throw new UsageError(`there is no test ${unknown.join(', ')}; --list shows them`);
  const wanted = [...known.keys()].filter((number) => numbers.length === 0 || numbers.includes(number));
  const load = async (number: string): Promise<[string, MachineTest]> => [
    number,
    ((await import(join(tests_dir, known.get(number) ?? ''))) as { test: MachineTest }).test,
  ];
  return new Map(await Promise.all(wanted.map(load)));
}

/** The machine, and a browser that was listening before it booted: the time of the first announcement counts. */
async function reach(wish: Wish): Promise<{ machine: Machine; browser: Browser }> {
  let browser: Browser | undefined;
  const onLink = async () => {
    browser = await Browser.open(link.ours);
  };
  try {
    const machine = await open[wish.kind](wish.where, onLink);
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

async function runTests(wish: Wish, tests: Map<string, MachineTest>): Promise<number> {
  const report = new Report(wish.json);
  const own_dir = mkdtempSync(join(scratch() ?? tmpdir(), 'pf-probe-'));
  let machine: Machine | undefined;
  let browser: Browser | undefined;
  try {
    ({ machine, browser } = await reach(wish));
    const context = new Context({ machine, seat: wish.seat, base_port: wish.base_port, probe_dir: own_dir, browser });
    report.begin(machine.name);
    for (const [number, test] of tests) {
      const name = `${number} ${test.name}`;
      const reason = reasonToSkip(test, machine, wish.numbers.includes(number));
      if (reason !== undefined) report.skipped(name, reason);
      else if ((await runOne(report, name, test, context)) && wish.controls)
        await runControls(report, number, test, context);
    }
    if (!machine.throw_away) await unpairProbe(context);
  } catch (error) {
    report.noMachine(error instanceof Error ? error.message : String(error));
  } finally {
    browser?.close();
    await machine?.close();
    rmSync(own_dir, { recursive: true, force: true });
  }
  return report.finish();
}

async function runOne(report: Report, name: string, test: MachineTest, context: Context): Promise<boolean> {
  const began = performance.now();
  context.figures.length = 0;
  try {
    await test.run(context);
    report.passed(name, performance.now() - began, context.figures);
    return true;
  } catch (error) {
    if (error instanceof Skip) report.skipped(name, error.message);
    else {
      const reason = error instanceof Error ? error.message : String(error);
      report.failed(name, `${reason}\n${await journalEnd(context)}`, context.figures);
    }
    return false;
  }
}

/** The last that the seat's programs said: what helps to understand a failure. */
async function journalEnd({ machine, seat }: Context): Promise<string> {
  const look = `journalctl --no-pager --quiet -o cat -n 12 _UID="$(id -u '${seat}')"`;
  const output = await machine.run(look, { timeout_ms: 20_000 }).catch(() => undefined);
  return output?.stdout ? `the end of the seat's journal:\n${output.stdout.trimEnd()}` : '';
}

/** Each way to spoil the machine: the test must see it, and pass again when it is mended. */
async function runControls(report: Report, number: string, test: MachineTest, context: Context): Promise<void> {
  for (const { what, spoil, mend } of test.controls ?? []) {
    const name = `${number} fails with ${what}`;
    const began = performance.now();
    try {
      await spoil(context);
      context.spoilt = true;
      const seen = await test.run(context).then(
        () => undefined,
        (error: Error) => error.message,
      );
      context.spoilt = false;
      await mend(context);
      if (seen === undefined) report.failed(name, 'it passed all the same', []);
      else report.noticed(name, seen, performance.now() - began);
    } catch (error) {
      report.failed(name, error instanceof Error ? error.message : String(error), []);
    } finally {
      context.spoilt = false;
    }
  }
}

async function main(words: string[]): Promise<number> {
  let wish: ReturnType<typeof readWish>;
  let tests: Map<string, MachineTest>;
  try {
    wish = readWish(words);
    tests = await loadTests(typeof wish === 'string' ? [] : wish.numbers);
  } catch (error) {
    process.stderr.write(`harness/vm/run: ${error instanceof Error ? error.message : error}. --help tells more.\n`);
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
    return exit.ok;
  }
  if (wish.kind === 'ssh') return runTests(wish, tests);
  if (process.getuid?.() !== 0) {
    process.stderr.write('harness/vm/run: booting an image needs root: sudo harness/vm/run …\n');
    return exit.usage;
  }
  if (scratch() === undefined) return runIsolated(import.meta.filename, words);
  await settleIn();
  return runTests(wish, tests);
}

process.exitCode = await main(process.argv.slice(2));
