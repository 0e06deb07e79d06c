// Types, lint, form, structure, comments, shell scripts.

import { must, sh } from '../harness/checks/command.ts';
import { able, has } from './abilities.ts';
import { check, finish } from './step.ts';

const biome = 'node_modules/@biomejs/cli-linux-x64/biome';
await check('type check', () => must('tsc', '--noEmit'));
await check('type check of the console', () => must('tsc', '--noEmit', '-p', 'src/console'));
await check('lint', () => must(biome, 'check', '--error-on-warnings', '.'));
await check('structure', () => must('node', 'tools/structure.ts'));
await check('comments', () => must('node', 'tools/comments.ts'));
await check('native/contract is what src/contract says', () => must('node', 'tools/contract/generate.ts', '--check'));
await check('docs/openapi.json and src/api are what the routes say', () =>
  must('node', 'tools/api/generate.ts', '--check'),
);
await check('form of the C++ files', () => must('sh', 'tools/format-native.sh'));
if (await able('shell scripts', has('shellcheck')))
  await check(
    'shell scripts',
    () => sh`shellcheck -x $(git ls-files '*.sh') $(git grep -lE '^#!/bin/(ba)?sh' -- ':!*.sh')`,
  );
finish();
