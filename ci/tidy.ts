// What clang-tidy finds in the C++ that people run; .clang-tidy says what it looks for.

import { must, sh } from '../harness/checks/command.ts';
import { able, has } from './abilities.ts';
import { check, finish } from './step.ts';

if (!(await able('clang-tidy', has('clang-tidy')))) finish();
await must('cmake', '--preset', 'test');
// PipeWire's macros compare signs, which gcc does not tell of in system headers.
const tidy = 'clang-tidy -p build/native --quiet --extra-arg=-Wno-sign-compare'.split(' ');
// Headers of other rooms come with each.
const rooms = ['addon', 'client', 'contract', 'core', 'engine', 'impair'].map((room) => `native/${room}`);
for (const room of [...rooms, 'harness/beacon', 'harness/impair', 'harness/loss-sweep'])
  await check(room, () => sh`git ls-files -z ${`${room}/*.cpp`} | xargs -0 -n 4 -P "$(nproc)" ${tidy}`);
finish();
