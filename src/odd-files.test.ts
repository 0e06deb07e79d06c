// What somebody put in the place of a data file: a link, a pipe, a directory, ten gigabytes. Nobody follows it, waits for it or reads it
// whole; whoever needs the file says which it is and why not, and leaves it.

import { execFileSync } from 'node:child_process';
import { copyFileSync, lstatSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { BoxArt } from './apps/box-art.ts';
import { readConfigFile } from './config/file.ts';
import { lockDataDir } from './data-lock.ts';
import { DesktopNote } from './display/desktop-note.ts';
import { toPunktfunkError } from './errors.ts';
import { HostEvents } from './events.ts';
import type { Logger } from './log.ts';
import { AccessService } from './service/access.ts';
import { SetUp } from './service/set-up.ts';
import { Preparations } from './session/preparation.ts';
import { folder } from './test-folder.ts';
import './test-limit.ts';
import { AuditLog } from './trust/audit-log.ts';
import { ClientStore } from './trust/clients.ts';
import { Credentials } from './trust/credentials.ts';
import { openIdentity } from './trust/identity.ts';
import { LastSeen } from './trust/last-seen.ts';

/** Puts it there; the reason that is told of it. */
const odd: Readonly<Record<string, { put: (path: string) => void; reason: RegExp }>> = {
  'a link': {
    put(path) {
      const elsewhere = join(folder(t), 'elsewhere');
      if (lstatSync(path, { throwIfNoEntry: false })) copyFileSync(path, elsewhere);
      else writeFileSync(elsewhere, '{}');
      rmSync(path, { force: true });
      symlinkSync(elsewhere, path);
    },
    reason: /it is a link/,
  },
  'a pipe': { put: (path) => void execFileSync('mkfifo', [path]), reason: /it is a pipe/ },
  'a directory': { put: (path) => void mkdirSync(path), reason: /it is a directory/ },
  'ten gigabytes': {
    put(path) {
      writeFileSync(path, '');
      truncateSync(path, 10 * 2 ** 30); // of zeros, none of which has a place on the disk
    },
    reason: /it is larger than \d+ bytes/,
  },
};

interface Opened {
  dir: string;
  log: Logger;
  said: string[];
}

function open(t: Test): Opened {
  const said: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
  return { dir: folder(t), log, said };
}

const change = { who: null, address: null, route: 'PUT /x', did: 'x', what: '', outcome: 'done' };

/** Each file, and who needs it: what he does not throw he says. */
const readers: Readonly<Record<string, (opened: Opened) => unknown>> = {
  'identity.json': ({ dir }) => openIdentity(dir),
  'clients.json': ({ dir }) => ClientStore.open(dir),
  'console.json': ({ dir, log }) => Credentials.open(dir, log),
  'config.json': ({ dir }) => readConfigFile(dir),
  'last-seen.json': ({ dir, log }) => new LastSeen(dir, log),
  'undo.json': ({ dir, log }) => new Preparations({ data_dir: dir, app_environment: {}, log }).settle({}),
  'browser-sessions.json'({ dir, log }) {
    const credentials = Credentials.open(dir, log);
    const set_up = new SetUp({ credentials, first_visit_minutes: 0, isInUse: () => true });
    new AccessService({ credentials, set_up, data_dir: dir, events: new HostEvents(log), log });
  },
  'box-art/7.png'({ dir, log }) {
    const art = new BoxArt(dir, log);
    return Promise.all([art.read(7), art.read(7)]);
  },
};

for (const [name, { put, reason }] of Object.entries(odd)) {
  t.test(`${name} in the place of a data file`, async (t) => {
    for (const [file, read] of Object.entries(readers)) {
      if (file === 'config.json' && name === 'a link') continue; // a person's own, and followed: config/live.test.ts
      const opened = open(t);
      const path = join(opened.dir, file);
      mkdirSync(dirname(path), { recursive: true });
      put(path);
      const before = lstatSync(path);
      const thrown = await Promise.resolve(opened)
        .then(read)
        .then(
          () => [],
          (error: unknown) => [toPunktfunkError(error).advice],
        );
      const sentences = [...thrown, ...opened.said].filter((sentence) => reason.test(sentence));
      t.equal(sentences.length, 1, `${file}: told once`);
      t.match(sentences[0], path, `${file}: and which`);
      t.same(lstatSync(path).ino, before.ino, `${file}: it is left`);
    }
  });
}

t.test('what only notes is begun anew, or not kept', async (t) => {
  for (const [name, { put, reason }] of Object.entries(odd)) {
    const { dir, log, said } = open(t);
    put(join(dir, 'mode-before-stream.json'));
    t.equal(new DesktopNote(dir, 'sway').read(), undefined, name);
    put(join(dir, 'audit.ndjson'));
    const audit = new AuditLog(dir, log);
    audit.add(change);
    if (name === 'ten gigabytes') t.equal(audit.latest(9).length, 1, 'it made room for what comes');
    else {
      t.same(audit.latest(9), [], name);
      t.match(said.join('\n'), new RegExp(`audit.ndjson cannot be written: .*${reason.source}`), name);
    }
    if (name === 'ten gigabytes') continue;
    put(join(dir, 'host.lock'));
    await t.rejects(lockDataDir(dir), { code: 'DATA_NOT_WRITTEN', message: reason });
  }
});

t.test('a picture that is none can be taken away, or told why not, and another can be given', async (t) => {
  const { dir, log } = open(t);
  const art = new BoxArt(dir, log);
  mkdirSync(join(dir, 'box-art'));
  odd['a link']?.put(join(dir, 'box-art/1.png'));
  t.notOk(art.has(1));
  art.remove(1);
  mkdirSync(join(dir, 'box-art/2.png'));
  t.notOk(art.has(2));
  t.throws(() => art.remove(2), { code: 'DATA_NOT_WRITTEN' });
});
