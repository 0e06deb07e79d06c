// Tests that programs of their own run and count, for the steps that run such.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { endOf, execute, sh } from '../harness/checks/command.ts';
import { around, readJunit, TapReader } from '../harness/checks/count.ts';
import { asUser, logs, report, root, scratch } from './step.ts';

/** Runs what speaks TAP. Each of its results is a test; or, with `leaves`, each assertion inside of them, as tap counts. */
export async function runTap(
  name: string,
  [program = '', ...words]: string[],
  { leaves = false, env = {} } = {},
): Promise<void> {
  const reader = new TapReader(report, (title) => (leaves ? title : `${name}: ${title}`), leaves);
  const { code, stdout, stderr } = await execute(program, words, { env, onLine: (line) => reader.line(line) });
  reader.end();
  writeFileSync(`${logs}-${name}.log`, `${stdout}${stderr}`);
  // One that died before its first case is a failure too.
  if (code !== 0 && !reader.bad) report.failed(name, endOf(`${stdout}${stderr}`));
}

/** Runs a file of TypeScript tests. */
export const runFile = (file: string, env: Record<string, string> = {}): Promise<void> =>
  runTap(basename(file, '.test.ts'), [process.execPath, file], { env: { TMPDIR: scratch, ...env } });

/** Configures and compiles in build/DIRECTORY. */
export async function build(directory: string, targets: readonly string[], ...options: string[]): Promise<boolean> {
  const log: string[] = [];
  let shown = 0;
  const onLine = (line: string) => {
    log.push(line);
    const [, part = 0, whole = 1] = (/^\[(\d+)\/(\d+)\]/.exec(line) ?? []).map(Number);
    const quarter = Math.floor((part * 4) / whole);
    if (quarter > shown) process.stdout.write(`  build/${directory}: ${part}/${whole}\n`);
    shown = Math.max(shown, quarter);
  };
  for (const words of [
    ['-S', '.', '-B', `build/${directory}`, '-G', 'Ninja', ...options],
    ['--build', `build/${directory}`, '--target', ...targets],
  ]) {
    const { code, stderr } = await execute('cmake', words, { onLine });
    log.push(stderr);
    if (code === 0) continue;
    const file = `${logs}-build-${directory}.log`;
    writeFileSync(file, log.join('\n'));
    const reason = around(log.join('\n'), /error|FAILED|CMake Error/, 0, 30) || endOf(log.join('\n'));
    report.failed(`the build of build/${directory} (all of it in ${file})`, reason);
    return false;
  }
  return true;
}

/** Runs a build folder's tests. */
export async function runCtest(directory: string, ...options: string[]): Promise<void> {
  const [junit, log] = [join(scratch, `${directory}.xml`), `${logs}-ctest-${directory}.log`];
  // The install test writes its manifest there.
  const places = ['Testing', 'install_manifest_core.txt'].map((name) => join(root, 'build', directory, name));
  await sh`set -- ${places}; mkdir -p "$1"; touch "$2"; [ "$(id -u)" != 0 ] || chmod -R a+rwX "$@"`;
  // The limit is an end for what hangs, one that a busy machine meets; ctest ends a test's children with it.
  const settings = `--test-dir build/${directory} --verbose --timeout 1200 --output-junit ${junit}`.split(' ');
  const whole = ['passed', 'failed'].flatMap((kind) => [`--test-output-size-${kind}`, '100000000']);
  const [program = '', ...rest] = asUser('ctest', ...settings, ...whole, ...options);
  const onLine = (line: string) => {
    if (/Test +#\d+:/.test(line)) process.stdout.write(`${line}\n`);
  };
  const { code, stdout, stderr } = await execute(program, rest, { onLine });
  writeFileSync(log, `${stdout}${stderr}`);
  const programs = readJunit(existsSync(junit) ? readFileSync(junit, 'utf8') : '');
  const passed = programs.reduce((sum, program) => sum + program.passed, 0);
  for (const what of programs.flatMap(({ skipped }) => skipped)) process.stdout.write(`skipped: ${what}\n`);
  for (const { name, output, failed } of programs.filter((one) => one.failed > 0)) {
    const reason = around(output, /ERROR|FATAL|TEST CASE|Sanitizer|runtime error/, 0, 40) || endOf(output);
    report.failed(`${name} in build/${directory} (all of it in ${log})`, reason, failed);
  }
  if (passed > 0) report.passed(`C++ tests in build/${directory} (${passed})`, passed);
  if (programs.length === 0 || (code !== 0 && programs.every(({ failed }) => failed === 0)))
    report.failed(`C++ tests in build/${directory}`, endOf(`${stdout}${stderr}`));
}
