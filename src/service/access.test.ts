import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { HostEvents } from '../events.ts';
import { folder } from '../test-folder.ts';
import { Credentials } from '../trust/credentials.ts';
import '../test-limit.ts';
import { AccessService } from './access.ts';
import { SetUp } from './set-up.ts';

const password = 'correct horse battery';
const at = (address: string) => ({ address, agent: 'Firefox' });
const stranger = at('203.0.113.7');
const home = at('127.0.0.1');

function open(t: Test, { minutes = 0, boot = { boot_id: 'a', uptime_s: 10 }, dir = folder(t), in_use = false } = {}) {
  const clock = { ms: 1_000_000 };
  const use = { begun: in_use };
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const credentials = Credentials.open(dir, log);
  const set_up = new SetUp({
    credentials,
    first_visit_minutes: minutes,
    isInUse: () => use.begun,
    boot: () => boot,
  });
  const access = new AccessService({
    credentials,
    set_up,
    data_dir: dir,
    events: new HostEvents(log),
    log,
    now: () => clock.ms,
  });
  return { dir, clock, use, credentials, set_up, access, boot, log, warnings };
}

t.test('the first password wants the code, once', async (t) => {
  const { access, dir } = open(t);
  const code = access.set_up_code ?? '';
  t.match(code, /^[2-9A-Z]{4}-[2-9A-Z]{4}$/);
  await t.rejects(access.setUp(password, 'AAAA-AAAA', home), { code: 'SET_UP_CODE_WRONG' });
  await t.rejects(access.setUp(password, undefined, home), { code: 'SET_UP_CODE_WRONG' });
  await t.rejects(access.setUp('short', code, home), { code: 'PASSWORD_UNSUITABLE' });
  const { cookie } = await access.setUp(password, code.toLowerCase(), home);
  t.match(access.ofCookie(cookie), { kind: 'session', scope: 'admin', recent: true });
  t.equal(access.set_up_code, null);
  await t.rejects(access.setUp(password, code, home), { code: 'PASSWORD_CHOSEN' });
  const file = join(dir, 'console.json');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.notMatch(readFileSync(file, 'utf8'), password);
  const again = open(t, { dir });
  t.ok((await again.access.signIn(password, stranger)).cookie, 'kept over a restart');
  t.match(again.access.ofCookie(cookie), { kind: 'session', recent: false }, 'and so is who was signed in');
});

t.test('the first visit: from a private address, in time, in the first boot alone', async (t) => {
  const first = open(t, { minutes: 15 });
  t.equal(first.access.firstVisit('192.168.1.5'), 900);
  t.equal(first.access.firstVisit(stranger.address), 0);
  await t.rejects(first.access.setUp(password, undefined, stranger), { code: 'SET_UP_CODE_WRONG' });
  t.equal(
    open(t, { minutes: 15, dir: first.dir, boot: { boot_id: 'b', uptime_s: 5 } }).access.firstVisit('10.0.0.1'),
    0,
  );
  const same = open(t, { minutes: 15, dir: first.dir, boot: { boot_id: 'a', uptime_s: 700 } });
  t.equal(same.access.firstVisit('10.0.0.1'), 210, 'a restart of the host opens nothing anew');
  const late = open(t, { minutes: 15, dir: first.dir, boot: { boot_id: 'a', uptime_s: 911 } });
  t.equal(late.access.firstVisit('10.0.0.1'), 0);
  same.use.begun = true;
  t.equal(same.access.firstVisit('10.0.0.1'), 0, 'not once a client is paired');
  same.use.begun = false;
  t.ok((await same.access.setUp(password, undefined, at('10.0.0.1'))).cookie);
  t.equal(same.access.firstVisit('10.0.0.1'), 0);
  t.equal(open(t).access.firstVisit('192.168.1.5'), 0, 'not without the setting');
});

t.test('who was here has closed the first visit for good, though he is gone', async (t) => {
  const first = open(t, { minutes: 15 });
  t.equal(first.access.firstVisit('10.0.0.1'), 900);
  first.set_up.endFirstVisit();
  t.equal(first.access.firstVisit('10.0.0.1'), 0);
  t.equal(open(t, { minutes: 15, dir: first.dir }).access.firstVisit('10.0.0.1'), 0, 'the host started again');
  const upgraded = open(t, { minutes: 15, in_use: true });
  upgraded.use.begun = false;
  t.equal(upgraded.access.firstVisit('10.0.0.1'), 0);
  const later = open(t, { minutes: 15, dir: upgraded.dir, boot: { boot_id: 'b', uptime_s: 5 } });
  t.equal(later.access.firstVisit('10.0.0.1'), 0, 'with the setting that an upgrade brought');
  const without = open(t);
  without.set_up.endFirstVisit();
  t.equal(without.credentials.first_boot, null, 'nothing is noted where nothing was open');
});

t.test('sessions end: signed out, idle, old, by another password', async (t) => {
  const { access, clock } = open(t);
  const { cookie } = await access.setUp(password, access.set_up_code ?? '', stranger);
  const caller = access.ofCookie(cookie);
  if (!caller) return t.fail('no session');
  clock.ms += 600_001;
  t.equal(access.ofCookie(cookie)?.recent, false, 'ten minutes later');
  await access.confirm(caller, password);
  t.equal(access.ofCookie(cookie)?.recent, true);
  const other = await access.signIn(password, stranger);
  await access.changePassword(caller, 'another password');
  t.equal(access.ofCookie(other.cookie), undefined);
  t.ok(access.ofCookie(cookie));
  await t.rejects(access.signIn(password, stranger), { code: 'PASSWORD_WRONG' });
  access.endBrowser(caller.id);
  t.throws(() => access.endBrowser(caller.id), { code: 'BROWSER_UNKNOWN' });
  t.equal(access.ofCookie(cookie), undefined, 'a cookie that is shown again');
  const idle = await access.signIn('another password', stranger);
  clock.ms += 12 * 3_600_000 + 1;
  t.equal(access.ofCookie(idle.cookie), undefined);
});

t.test('a browser that signs in again has one session, and its old cookie opens nothing', async (t) => {
  const { access } = open(t);
  const first = await access.setUp(password, access.set_up_code ?? '', home);
  const again = await access.signIn(password, { ...home, session: first.cookie });
  t.equal(access.ofCookie(first.cookie), undefined);
  const linked = access.followLink(access.makeLink().secret, { ...home, session: again.cookie });
  t.same(
    access.browsers().map(({ id }) => id),
    [linked.caller.id],
  );
  await t.rejects(access.signIn('wrong wrong', { ...home, session: linked.cookie }), { code: 'PASSWORD_WRONG' });
  t.ok(access.ofCookie(linked.cookie), 'it did not sign in');
});

t.test('a restart signs nobody out, and brings nobody back', async (t) => {
  const { access, clock, dir } = open(t);
  const { cookie, caller } = await access.setUp(password, access.set_up_code ?? '', home);
  const [gone, idle] = [await access.signIn(password, stranger), await access.signIn(password, stranger)];
  access.endBrowser(gone.caller.id);
  clock.ms += 12 * 3_600_000 - 1000;
  access.used(caller);
  access.close();
  const file = join(dir, 'browser-sessions.json');
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.notMatch(readFileSync(file, 'utf8'), cookie);
  const again = open(t, { dir });
  t.equal(again.access.ofCookie(cookie)?.csrf, caller.csrf, 'its page goes on');
  t.equal(again.access.ofCookie(gone.cookie), undefined);
  t.ok(again.access.ofCookie(idle.cookie));
  again.clock.ms += 2000;
  t.equal(again.access.ofCookie(idle.cookie), undefined, 'the hours before the restart count');
  t.ok(again.access.ofCookie(cookie));
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"password_salt":"../, '"password_salt":"zz'));
  t.equal(open(t, { dir }).access.ofCookie(cookie), undefined, 'of another password');
  writeFileSync(file, '{');
  const damaged = open(t, { dir });
  t.equal(damaged.access.ofCookie(cookie), undefined);
  t.match(damaged.warnings, [/Every browser has to sign in again/]);
});

t.test('a password that was changed is not said to be refused, wherever sessions cannot be written', async (t) => {
  const { access, dir, warnings } = open(t);
  const { cookie, caller } = await access.setUp(password, access.set_up_code ?? '', home);
  const other = await access.signIn(password, stranger);
  const file = join(dir, 'browser-sessions.json');
  const before = readFileSync(file);
  rmSync(file);
  mkdirSync(file); // neither written nor removed
  await access.changePassword(caller, 'another password');
  t.match(warnings, [/browser-sessions\.json could not be written/]);
  t.equal(access.ofCookie(other.cookie), undefined);
  t.ok(access.ofCookie(cookie));
  rmdirSync(file);
  writeFileSync(file, before); // as if it had stayed
  t.equal(open(t, { dir }).access.ofCookie(other.cookie), undefined);
});

t.test('who is signed out on a full disk stays so', async (t) => {
  const { access, dir } = open(t);
  const { cookie, caller } = await access.setUp(password, access.set_up_code ?? '', home);
  mkdirSync(join(dir, `browser-sessions.json.${process.pid}.tmp`)); // where it is written first
  access.endBrowser(caller.id);
  t.equal(open(t, { dir }).access.ofCookie(cookie), undefined);
  t.ok((await access.signIn(password, home)).cookie, 'and the disk keeps nobody out');
});

t.test('a clock that is set back voids nothing, and makes nothing last longer', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2030-01-02') });
  t.teardown(() => mock.timers.reset());
  const { access, clock, dir } = open(t);
  const { cookie } = await access.setUp(password, access.set_up_code ?? '', home);
  const tokens = [access.createToken('ci', 'read', undefined), access.createToken('day', 'read', 1)];
  const [link, late] = [access.makeLink(), access.makeLink()];
  mock.timers.setTime(Date.parse('2020-01-01'));
  t.ok(access.ofCookie(cookie));
  for (const { secret, token } of tokens) t.ok(access.ofToken(secret), token.name);
  t.ok(access.followLink(link.secret, home).cookie);
  clock.ms += 11 * 3_600_000;
  t.throws(() => access.followLink(late.secret, home), { code: 'LINK_VOID' });
  t.equal(access.ofCookie(cookie)?.recent, false);
  access.close();
  mock.timers.setTime(Date.parse('2010-01-01'));
  const again = open(t, { dir });
  t.ok(again.access.ofCookie(cookie));
  again.clock.ms += 3_600_001;
  t.equal(again.access.ofCookie(cookie), undefined, 'twelve hours, by whatever calendar');
  mock.timers.setTime(Date.parse('2030-01-04'));
  t.equal(again.access.ofToken(tokens[1]?.secret ?? ''), undefined, 'a token ends on its day');
});

t.test('what only looks on uses nothing', async (t) => {
  const { access, clock } = open(t);
  const { cookie, caller } = await access.setUp(password, access.set_up_code ?? '', home);
  for (let hour = 0; hour < 12; hour++) {
    t.ok(access.ofCookie(cookie), 'as a stream of events does with each message');
    clock.ms += 3_600_000;
  }
  access.used(caller);
  clock.ms += 11 * 3_600_000;
  t.ok(access.ofCookie(cookie), 'a request');
  clock.ms += 3_600_001;
  t.equal(access.ofCookie(cookie), undefined);
});

t.test('browsers that are signed in are told, and named without a secret', async (t) => {
  const { access } = open(t);
  await access.setUp(password, access.set_up_code ?? '', home);
  await access.signIn(password, { address: '192.0.2.9', agent: `Chrome\u001b[2J${'x'.repeat(500)}` });
  const [newest, oldest] = access.browsers();
  t.match(newest, { address: '192.0.2.9', agent: /^Chrome\\u\{1b\}\[2Jx{100,200}$/ });
  t.match(oldest, { address: '127.0.0.1', agent: 'Firefox', id: /^[0-9a-f]{8}$/ });
});

t.test('an old password opens nothing, however the requests meet', async (t) => {
  const { access } = open(t);
  const { cookie } = await access.setUp(password, access.set_up_code ?? '', stranger);
  const other = access.ofCookie((await access.signIn(password, stranger)).cookie);
  const caller = access.ofCookie(cookie);
  if (!caller || !other) return t.fail('no session');
  const passwords = ['another password', 'a third password'];
  const settled = await Promise.allSettled([
    access.changePassword(caller, passwords[0] ?? ''),
    access.changePassword(other, passwords[1] ?? ''),
    access.signIn(password, stranger), // hashed after a change began, judged after it was made
    access.confirm(other, password),
  ]);
  const changed = settled.findIndex(({ status }) => status === 'fulfilled');
  t.ok(changed === 0 || changed === 1);
  t.match(settled[1 - changed], { reason: { code: 'SIGN_IN_NEEDED' } }, 'what another change ended changes nothing');
  t.match(settled.slice(2), [{ reason: { code: 'PASSWORD_WRONG' } }, { reason: { code: 'PASSWORD_WRONG' } }]);
  t.ok((await access.signIn(passwords[changed] ?? '', stranger)).cookie);
});

t.test('a first visit is counted too, and chooses once', async (t) => {
  const { access } = open(t, { minutes: 15 });
  const tries = Array.from({ length: 20 }, () => access.setUp(password, undefined, at('10.0.0.1')));
  const codes = (await Promise.allSettled(tries)).map((one) => (one as { reason?: { code: string } }).reason?.code);
  t.equal(codes.filter((code) => code === undefined).length, 1);
  t.equal(codes.filter((code) => code === 'SIGN_IN_PAUSED').length, 15, 'which no hash was made for');
});

t.test('a link is good once, for a minute', async (t) => {
  const { access, clock } = open(t);
  const { secret } = access.makeLink();
  t.ok(access.ofCookie(access.followLink(secret, stranger).cookie)?.recent);
  t.throws(() => access.followLink(secret, stranger), { code: 'LINK_VOID' });
  const late = access.makeLink().secret;
  clock.ms += 60_000;
  t.throws(() => access.followLink(late, stranger), { code: 'LINK_VOID' });
});

t.test('tokens: scope, expiry, revocation', async (t) => {
  const { access, credentials, dir, log } = open(t);
  const { token, secret } = access.createToken('ci', 'read', 30);
  t.match(secret, /^pft_[\w-]{43}$/);
  t.match(access.ofToken(secret), { kind: 'token', name: 'token ci', scope: 'read', recent: false });
  t.equal(access.ofToken(`${secret}x`), undefined);
  t.equal(access.ofToken(''), undefined);
  t.notMatch(readFileSync(join(dir, 'console.json'), 'utf8'), secret);
  t.equal(access.tokens()[0]?.last_used_at, null, 'that it was looked at is no use');
  const caller = access.ofToken(secret);
  if (caller) access.used(caller);
  t.ok(access.tokens()[0]?.last_used_at);
  const written = readFileSync(join(dir, 'console.json'), 'utf8');
  for (let asked = 0; asked < 100; asked++) if (caller) access.used(caller);
  t.equal(readFileSync(join(dir, 'console.json'), 'utf8'), written, 'the file is not written with each request');
  access.close();
  t.equal(Credentials.open(dir, log).tokens()[0]?.last_used_at, access.tokens()[0]?.last_used_at);
  access.revokeToken(token.id);
  t.equal(access.ofToken(secret), undefined);
  t.throws(() => access.revokeToken(token.id), { code: 'TOKEN_UNKNOWN' });
  const old = credentials.addToken('old', 'admin', new Date(Date.now() - 1));
  t.equal(access.ofToken(old.secret), undefined);
});

t.test('ten thousand tries: little memory, and others get in', async (t) => {
  const { access } = open(t);
  await access.setUp(password, access.set_up_code ?? '', at('192.168.1.5'));
  let paused = 0;
  for (let i = 0; i < 10_000; i++) {
    // A link is tried without the cost of a password; the limits are the same.
    try {
      access.followLink('x', i % 2 === 0 ? stranger : at(`203.0.${(i >> 8) & 255}.${i & 255}`));
    } catch (error) {
      if ((error as { code?: string }).code === 'SIGN_IN_PAUSED') paused++;
    }
  }
  t.ok(paused > 9_900, `${paused} were not even tried`);
  t.ok((await access.signIn(password, at('192.168.1.5'))).cookie, 'who signed in before');
  await t.rejects(access.signIn(password, at('192.168.1.6')), { code: 'SIGN_IN_PAUSED' }, 'a stranger waits');
  t.ok(access.ofToken(access.createToken('ci', 'read', undefined).secret), 'a token');
});

t.test('strangers keep no browser out that signed in once, also after a restart', async (t) => {
  const first = open(t);
  const { device } = await first.access.setUp(password, first.access.set_up_code ?? '', home);
  const { access, clock } = open(t, { dir: first.dir });
  const besiege = () => {
    for (let i = 0; i < 100; i++) t.throws(() => access.followLink('x', at(`203.0.113.${i}`)));
  };
  besiege();
  const moved = { ...stranger, device };
  const forged = { ...stranger, device: `${device?.slice(0, -2)}${device?.endsWith('AA') ? 'BB' : 'AA'}` };
  await t.rejects(access.signIn(password, stranger), { code: 'SIGN_IN_PAUSED' });
  await t.rejects(access.signIn(password, forged), { code: 'SIGN_IN_PAUSED' });
  t.equal((await access.signIn(password, moved)).device, undefined, 'known, from whatever address');
  for (let i = 0; i < 5; i++) await t.rejects(access.signIn('guessed', moved), { code: 'PASSWORD_WRONG' });
  await t.rejects(
    access.signIn(password, moved),
    { code: 'SIGN_IN_PAUSED' },
    'a device that was stolen guesses no faster',
  );
  clock.ms += 60_001;
  await access.signIn(password, moved);
  const other = await access.signIn(password, stranger);
  const changed = await access.changePassword(other.caller, 'another password');
  besiege();
  await t.rejects(access.signIn('another password', { ...home, device }), { code: 'SIGN_IN_PAUSED' });
  t.ok((await access.signIn('another password', { ...home, device: changed })).cookie, 'known by the new password');
});

t.test('a file that is damaged is refused and left', async (t) => {
  const { dir, log } = open(t);
  const file = join(dir, 'console.json');
  Credentials.open(dir, log).addToken('ci', 'admin', new Date());
  const token_that_never_ends = readFileSync(file, 'utf8').replace(/"expires_at": "[^"]*"/, '"expires_at": "soon"');
  for (const text of [
    '',
    '{',
    '{"version":1}',
    '{"version":1,"password":{},"tokens":[],"first_boot":null}',
    token_that_never_ends,
  ]) {
    writeFileSync(file, text);
    t.throws(() => Credentials.open(dir, log), { code: 'DATA_DAMAGED', cure: /no password then/ });
    t.equal(readFileSync(file, 'utf8'), text);
  }
  writeFileSync(file, '{"version":2}');
  t.throws(() => Credentials.open(dir, log), { code: 'DATA_NEWER' });
});

t.test('a file that cannot be written takes no password, and keeps tokens good', async (t) => {
  const { access, dir } = open(t);
  const { secret } = access.createToken('ci', 'read', undefined);
  mkdirSync(join(dir, `console.json.${process.pid}.tmp`)); // where it is written first
  await t.rejects(access.setUp(password, access.set_up_code ?? '', stranger), { code: 'DATA_NOT_WRITTEN' });
  t.equal(access.has_password, false);
  t.ok(access.ofToken(secret));
});
