import t from 'tap';
import { createLogger, prettyLine, secret_names } from './log.ts';

function lines(pretty: boolean, level: 'info' | 'debug' = 'info') {
  const written: string[] = [];
  return { written, log: createLogger({ level, pretty, destination: { write: (line) => written.push(line) } }) };
}

t.test('NDJSON for machines', async (t) => {
  const { written, log } = lines(false);
  log.info({ event: 'streaming', width: 1280 }, 'a stream');
  log.debug('not wanted');
  t.equal(written.length, 1);
  t.match(JSON.parse(written[0] ?? ''), {
    level: 'info',
    event: 'streaming',
    width: 1280,
    msg: 'a stream',
    time: /^\d{4}-.*Z$/,
  });
});

t.test('secrets stay out, at the top and one below', async (t) => {
  for (const pretty of [true, false]) {
    const { written, log } = lines(pretty, 'debug');
    for (const name of secret_names) {
      log.info({ [name]: 'SECRET', inside: { [name]: 'SECRET' } }, 'said');
    }
    t.equal(written.length, secret_names.length);
    t.notMatch(written.join(''), /SECRET/);
  }
});

t.test('another level while the process runs', async (t) => {
  const { written, log } = lines(true);
  log.debug({ event: 'x' }, 'not wanted');
  log.level = 'debug';
  log.debug({ event: 'x', width: 1 }, 'wanted');
  t.equal(written.length, 1);
  t.match(written[0], /wanted.*"width":1/, 'with its details');
});

t.test('calm lines for people', async (t) => {
  const line = { level: 'info', time: '2026-11-22T12:00:00.000Z', event: 'x', msg: 'TV: connected', width: 1 };
  t.match(prettyLine(line, false, false), /^\d\d:\d\d:\d\d {2}TV: connected\n$/);
  t.match(prettyLine({ ...line, level: 'warn' }, false, false), /^\d\d:\d\d:\d\d {2}warning: TV: connected\n$/);
  t.match(prettyLine(line, false, true), /TV: connected {2}x \{"width":1\}\n$/);
  t.match(
    prettyLine({ ...line, level: 'fatal', err: { stack: 'Error: a\n  at b' } }, false, false),
    /error: TV: connected\nError: a\n {2}at b\n$/,
  );
  t.match(prettyLine(line, true, false), '\u001b[2m');
});

t.test('what a stranger calls himself moves no cursor and begins no line', async (t) => {
  const line = { level: 'info', time: '2026-11-22T12:00:00.000Z', msg: 'a\u001b[2Jb\nc\u202ed', name: '\u009b1m' };
  t.match(
    prettyLine(line, false, true),
    /^\S+ {2}a\\u\{1b\}\[2Jb\\u\{a\}c\\u\{202e\}d {2} \{"name":"\\u\{9b\}1m"\}\n$/,
  );
});
