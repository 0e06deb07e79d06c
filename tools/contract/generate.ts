// Makes the C++ side of src/contract: structs, strict reader and writer, problem codes with their makers, an example of each message, and
// the changes to them that both readers must refuse.
//   node tools/contract/generate.ts            writes native/contract
//   node tools/contract/generate.ts --check    says what is stale; exit code 1

import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { EngineMessage, HostMessage, max_message_bytes } from '../../src/contract/messages.ts';
import { problem_parameters } from '../../src/contract/problems.ts';
import { latency_edges_us } from '../../src/contract/statistics.ts';
import { examples, refused } from './examples.ts';
import { headerOf, sourceOf } from './messages-cpp.ts';
import { problemsHeader, problemsSource } from './problems-cpp.ts';
import type { Shape } from './shape.ts';

const command = 'npm run contract';
const folder = resolve(import.meta.dirname, '../../native/contract');
const mark = `Made by ${command} from src/contract.`;
const roots = [HostMessage, EngineMessage] as unknown as Shape[];

function generated(): Map<string, string> {
  const files = new Map<string, string>();
  const cpp = (name: string, body: string) => files.set(name, `// ${mark}\n// clang-format off\n${body}`);
  cpp('problems.h', problemsHeader(problem_parameters));
  cpp('problems.cpp', problemsSource(problem_parameters));
  cpp('messages.h', headerOf(roots, max_message_bytes, latency_edges_us));
  cpp('messages.cpp', sourceOf(roots));
  const changes = new Map<string, string>();
  for (const { name, reader, type, message, shape } of examples(roots)) {
    files.set(`examples/${reader}/${name}.json`, `${JSON.stringify(message)}\n`);
    for (const change of refused(shape, message)) {
      const once = `${type} ${JSON.stringify({ ...change, value: typeof change.value })}`;
      if (!changes.has(once)) changes.set(once, JSON.stringify({ reader, example: name, ...change }));
    }
  }
  files.set('examples/refused.ndjson', `${[...changes.values()].join('\n')}\n`);
  return files;
}

const files = generated();
const old = ['problems.*', 'messages.*', 'examples/**/*json'].flatMap((pattern) => globSync(pattern, { cwd: folder }));
const gone = old.filter((name) => !files.has(name));
const stale = [...files].filter(([name, text]) => {
  const path = join(folder, name);
  return !existsSync(path) || readFileSync(path, 'utf8') !== text;
});
if (process.argv.includes('--check')) {
  const names = [...stale.map(([name]) => name), ...gone];
  if (names.length > 0) {
    console.error(`native/contract is not what src/contract says (${names.join(', ')}). Run: ${command}`);
    process.exitCode = 1;
  }
} else {
  for (const name of gone) rmSync(join(folder, name));
  for (const [name, text] of stale) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
