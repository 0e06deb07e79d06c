import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ProblemCode, problem_parameters } from './contract/problems.ts';
import {
  type ErrorCode,
  error_table,
  exit_codes,
  PunktfunkError,
  problem_table,
  reasonOf,
  toPunktfunkError,
} from './errors.ts';
import { withOwnWords } from './installation.ts';

t.test('each row is a sentence, a cure and an exit code', async (t) => {
  for (const [code, { sentence, cure, exit_code }] of Object.entries(error_table)) {
    t.match(sentence, /(\.|^\{reason\})$/, code);
    t.match(cure, /(\.|^)$/, code);
    t.ok(Object.values(exit_codes).includes(exit_code), code);
  }
});

t.test('each row is used, and with all its parameters', async (t) => {
  const files = globSync('**/*.ts', { cwd: import.meta.dirname }).filter(
    (file) => !file.endsWith('.test.ts') && file !== 'errors.ts',
  );
  const source = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
  for (const [code, { sentence, cure }] of Object.entries(error_table)) {
    const uses = [
      ...source.matchAll(new RegExp(`new PunktfunkError\\(\\s*'${code}'(?:,\\s*\\{([\\s\\S]*?)\\}\\s*[,)])?`, 'g')),
    ];
    t.ok(uses.length > 0 || code === 'INTERNAL', `${code} is thrown`);
    const names = [...withOwnWords(`${sentence}${cure}`).matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    for (const [, parameters = ''] of uses) {
      for (const name of names) t.match(parameters, new RegExp(`\\b${name}\\b`), `${code} is given its ${name}`);
    }
  }
});

t.test('each problem of an engine is told with all its parameters and no others', async (t) => {
  for (const [code, { sentence, cure }] of Object.entries(problem_table)) {
    t.match(sentence, /(\.|^\{reason\})$/, code);
    const names = [...withOwnWords(`${sentence} ${cure}`).matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    t.same(new Set(names), new Set(Object.keys(problem_parameters[code as ProblemCode])), code);
  }
});

t.test('each problem of an engine is told by somebody', async (t) => {
  const cwd = join(import.meta.dirname, '..');
  const files = globSync(['native/engine/**/*.{cpp,h}', 'native/addon/*.cpp', 'src/engine/*.ts'], { cwd });
  const source = files.map((file) => readFileSync(join(cwd, file), 'utf8')).join('\n');
  const told = new Set([...source.matchAll(/problem::(\w+)\(|code: '(\w+)'/g)].map(([, cpp, script]) => cpp ?? script));
  for (const code of Object.keys(problem_table)) t.ok(told.has(code), code);
});

t.test('how an error reads', async (t) => {
  const taken = new PunktfunkError('PORT_TAKEN', { port: 47_989, use: 'HTTP, TCP' });
  t.equal(taken.message, 'Port 47989 (HTTP, TCP) is taken by another program.');
  t.match(taken.advice, /another program\. Stop that program, or .*start -- --base-port/);
  t.equal(taken.exit_code, 3);
  const travelled = PunktfunkError.fromReport(JSON.parse(JSON.stringify(taken.report)));
  t.match(travelled, { code: 'PORT_TAKEN', message: taken.message, cure: taken.cure, exit_code: 3 });
  t.equal(PunktfunkError.fromReport({ code: 'toString' as ErrorCode, message: 'm', cure: 'c' }).code, 'INTERNAL');
  t.equal(reasonOf(Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' })), 'the disk is full');
  t.equal(reasonOf(taken), 'Port 47989 (HTTP, TCP) is taken by another program');
  t.match(toPunktfunkError(new Error('boom')), {
    code: 'INTERNAL',
    message: /inside punktfunk: boom\./,
    exit_code: 70,
  });
});
