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
  shortcoming_table,
  toPunktfunkError,
} from './errors.ts';
import { withOwnWords } from './installation.ts';

interface Row {
  sentence: string;
  cure?: string;
  exit_code?: number;
  status?: { xml?: number; rtsp?: number; http?: number };
}
const rows = Object.entries<Row>;

t.test('each row is a sentence, a cure and an exit code', async (t) => {
  const codes = new Set<number>(Object.values(exit_codes));
  for (const [code, { sentence, cure = '.', exit_code = exit_codes.refused }] of rows(error_table)) {
    t.match(sentence, /(\.|^\{reason\})$/, code);
    t.match(cure, /\.$/, code);
    t.ok(codes.has(exit_code), code);
  }
});

t.test('what a page or a script is told has a cure', async (t) => {
  const without = rows(error_table).filter(([, { status, cure }]) => status?.http !== undefined && cure === undefined);
  t.same(without, []);
});

/** Of the product, but for the table itself. */
const sources = () =>
  globSync('**/*.ts', { cwd: import.meta.dirname })
    .filter((file) => !/^(?:console|api)\/|(\.test|^errors|(^|\/)(test-[^/]+|fake-engine))\.ts$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(import.meta.dirname, file), 'utf8') }));

t.test('each row is used, and with all its parameters', async (t) => {
  const source = sources()
    .map(({ text }) => text)
    .join('\n');
  for (const [code, { sentence, cure = '' }] of rows(error_table)) {
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

t.test('each shortcoming is a sentence, and told by somebody', async (t) => {
  const source = sources()
    .map(({ text }) => text)
    .join('\n');
  for (const [code, { sentence }] of Object.entries(shortcoming_table)) {
    t.match(sentence, /\.$/, code);
    t.ok(source.includes(`code: '${code}'`), code);
  }
});

t.test('no number by which an error is told stands anywhere else', async (t) => {
  const bad = 'if (a) return reply.status(404).send(buildReply(455, { 200: y })); refuse(400); status === 418 // 503';
  t.same(strayNumbers(bad), [404, 455, 400, 418, 200]);
  t.same(strayNumbers("process.exit(3); process.exitCode = 1; socket.end('HTTP/1.1 431 x')"), [431, 3, 1]);
  t.same(strayNumbers('const wait_ms = 500; f({ messages_a_second: 200 }, 0x404); // HTTP/1.1 404'), []);
  for (const { file, text } of sources()) t.same(strayNumbers(text), [], file);
});

/** Numbers that stand where a status does, and exit codes. */
function strayNumbers(text: string): number[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
  const told = /(?:status\w*|refus\w*|repl\w*|answer\w*|(?:HTTP|RTSP)\/\d\.\d)\W{1,6}\b([1-5]\d\d)\b/gi;
  const keys = /(?<![\w.])([1-5]\d\d): /g;
  const exits = /\bexit(?:_code|Code)?(?:\(|: | = )(\d+)/g;
  return [told, keys, exits].flatMap((strays) => [...code.matchAll(strays)].map(([, number]) => Number(number)));
}

t.test('each problem of an engine is told with all its parameters and no others', async (t) => {
  for (const [code, { sentence, cure = '' }] of rows(problem_table)) {
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
