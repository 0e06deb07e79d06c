// A stand-in for the measuring kit, by what its first word after the manner is: node src/measurements/test-kit.ts MANNER COMMAND …

import { writeFileSync } from 'node:fs';
import { argv, stderr, stdout } from 'node:process';

const [, , manner = '', command = '', ...words] = argv;
const summary = {
  count: 600,
  p50: 9.5,
  p95: 12,
  p99: 14,
  max: 20,
  between: { p50: [9, 10], p95: [11, 13], p99: [13, 15] },
};
const series = {
  ...{ name: 'painted to decoded', unit: 'ms', from: 'painted', to: 'decoded', better: 'less', error: 0, summary },
  values: [9, 10],
};
const report = (result: string) =>
  JSON.stringify({
    version: 1,
    command: [command, ...words].join(' '),
    machine: { chip: 'a chip', cores: 2, memory_mb: 1, kernel: '6', distribution: 'Debian', load: 0 },
    cases: [{ name: '', series: [series], curves: [], counts: [{ name: 'frames', value: 600 }] }],
    notes: ['A note.'],
    verdict: { result, text: `It ${result}.`, limits: [] },
  });

function hang(onTerm: () => void): Promise<never> {
  process.on('SIGTERM', onTerm);
  stderr.write('it hangs\n');
  return new Promise(() => setInterval(() => {}, 1000));
}

const manners: Readonly<Record<string, () => unknown>> = {
  full_disk: () => stdout.write(report('passed')),
  quick: () => stdout.write(report('passed')),
  fails: () => {
    stdout.write(report('failed'));
    process.exitCode = 1;
  },
  hangs: () =>
    hang(() => {
      stdout.write(report('cut_short'));
      process.exit(8);
    }),
  stubborn: () => hang(() => {}),
  dies: () => process.kill(process.pid, 'SIGKILL'),
  newer: () => stdout.write('{"version":2}'),
  babbles: () => stdout.write('no report'),
  floods: () => stdout.write('x'.repeat(9 << 20)),
};

if (command === 'report') {
  if (manner === 'full_disk') process.exitCode = 7;
  writeFileSync(words[words.indexOf('--page') + 1] ?? '', `<!doctype html>${words.length - 2} reports`);
} else {
  stderr.write(`${command} goes on\n`);
  await manners[manner]?.();
}
