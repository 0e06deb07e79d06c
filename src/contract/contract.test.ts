import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import t from 'tap';
import '../test-limit.ts';
import { buildStart } from './builder.ts';
import { EngineMessage, HostMessage } from './messages.ts';
import { refusal } from './read.ts';

const examples = resolve(import.meta.dirname, '../../native/contract/examples');
const schemas = { host: HostMessage, engine: EngineMessage };
type Reader = keyof typeof schemas;
const textOf = (reader: Reader, name: string) => readFileSync(join(examples, reader, `${name}.json`), 'utf8');

t.test('every example is a message', async (t) => {
  for (const reader of ['host', 'engine'] as const)
    for (const path of globSync('*.json', { cwd: join(examples, reader) }))
      t.equal(refusal(schemas[reader], JSON.parse(textOf(reader, basename(path, '.json')))), undefined, path);
});

interface Change {
  reader: Reader;
  example: string;
  place: string;
  remove?: string;
  put?: string;
  value?: unknown;
  length?: number;
}

/** The object that a JSON pointer ends in, and the field's name there. */
function ends(message: unknown, pointer: string): [Record<string, unknown>, string] {
  const names = pointer.split('/').slice(1);
  const last = names.pop() as string;
  return [names.reduce((inside, name) => (inside as never)[name], message) as Record<string, unknown>, last];
}

t.test('what is missing, unknown, misspelt or out of range is refused by its place', async (t) => {
  const changes = readFileSync(join(examples, 'refused.ndjson'), 'utf8').trim().split('\n');
  for (const line of changes) {
    const { reader, example, place, remove, put, value, length } = JSON.parse(line) as Change;
    const message = JSON.parse(textOf(reader, example));
    if (remove !== undefined) {
      const [inside, name] = ends(message, remove);
      delete inside[name];
    }
    if (put !== undefined) {
      const [inside, name] = ends(message, put);
      inside[name] = length === undefined ? value : 'x'.repeat(length);
    }
    const why = refusal(schemas[reader], message) ?? 'nothing';
    if (!why.startsWith(`${place}: `)) t.fail(`${line} was answered with ${why}`);
  }
  t.ok(changes.length > 400);
});

t.test('what is built with the defaults is a message', async (t) => {
  t.equal(refusal(HostMessage, buildStart()), undefined);
  t.equal(refusal(HostMessage, buildStart({ audio: { channels: 6 }, video: { fps: 60 } })), undefined);
  t.equal(refusal(HostMessage, 7), 'the message: must be an object');
});
