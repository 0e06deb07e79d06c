// Every C++ test program under AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer: ctest knows them, no list here
// can forget one. What is left out stands below, with its reason.

import { build, runCtest } from './count.ts';
import { finish } from './step.ts';

// Shapes of files, the same in every build.
const left_out = '^(abi_drift|abi_install)$';
// Less optimised and with fewer symbols than usual: compiling takes less than half as long, and the reports still name file and line. gcc's
// warnings are errors in the other builds; at this level some are false.
const level = '-O1 -g1';
const flags = ['CXX', 'C'].map((language) => `-DCMAKE_${language}_FLAGS_RELWITHDEBINFO=${level}`);
const options = ['-DPUNKTFUNK_TESTS=ON', '-DCMAKE_BUILD_TYPE=RelWithDebInfo', ...flags, '-DPUNKTFUNK_WERROR=OFF'];
// A test of the sound forks with threads about: ThreadSanitizer ends such children unless it is told not to.
process.env.TSAN_OPTIONS = 'die_after_fork=0';
for (const [directory, sanitizer] of [
  ['asan', 'address,undefined'],
  ['tsan', 'thread'],
] as const)
  if (await build(directory, ['tests'], `-DPUNKTFUNK_SANITIZE=${sanitizer}`, ...options))
    await runCtest(directory, '-j', '2', '-E', left_out);
finish();
