// The recorded pairings of a stock client with another host, recomputed step by step from the client's side.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ProbeError } from './errors.ts';
import { Exchange } from './pairing.ts';
import { HostReply, readAppList, readServerInfo } from './reply.ts';

interface Recorded {
  identities: Record<string, { cert_pem: string; key_pem: string }>;
  pairings: {
    id: string;
    identity: string;
    outcome: string;
    steps: Record<string, string>;
    requests: { query: Record<string, string>; responseBody: string }[];
  }[];
  replies: { sequence: string; transport: string; path: string; body: string }[];
}

const recorded: Recorded = JSON.parse(readFileSync(new URL('testdata/pairing.json', import.meta.url), 'utf8'));

for (const pairing of recorded.pairings) {
  t.test(`${pairing.id}: every value we send is the recorded one`, async (t) => {
    const identity = recorded.identities[pairing.identity];
    if (!identity) throw new Error(`no identity ${pairing.identity}`);
    const value = (name: string): Buffer => Buffer.from(pairing.steps[name] ?? '', 'hex');
    const exchange = new Exchange(identity, pairing.steps.pinShownByClient ?? '', {
      salt: value('saltHex'),
      challenge: value('clientChallengeHex'),
      secret: value('clientSecretHex'),
    });
    const reply = (step: number): HostReply => new HostReply(pairing.requests[step]?.responseBody ?? '');
    const sent = (step: number): Record<string, string> => pairing.requests[step]?.query ?? {};
    t.has(sent(0), exchange.start());
    exchange.acceptCertificate(reply(0).text('plaincert') ?? '');
    t.equal(exchange.host_cert_pem.trim(), recorded.identities.host?.cert_pem.trim());
    t.has(sent(1), exchange.challenge());
    t.has(sent(2), exchange.answer(reply(1).text('challengeresponse') ?? ''));
    const secret = reply(2).text('pairingsecret') ?? '';
    if (pairing.outcome === 'paired') {
      t.has(sent(3), exchange.reveal(secret));
    } else {
      t.throws(() => exchange.reveal(secret), { message: /PIN/ });
    }
  });
}

t.test('a forged secret, certificate or length is refused, and so is a step out of order', async (t) => {
  const pairing = recorded.pairings[0];
  const identity = recorded.identities[pairing?.identity ?? ''];
  const stranger = recorded.identities.embedded;
  if (!pairing || !identity || !stranger) throw new Error('the recording is incomplete');
  const text = (step: number, name: string): string =>
    new HostReply(pairing.requests[step]?.responseBody ?? '').text(name) ?? '';
  const value = (name: string): Buffer => Buffer.from(pairing.steps[name] ?? '', 'hex');
  const random = { salt: value('saltHex'), challenge: value('clientChallengeHex'), secret: value('clientSecretHex') };
  const fresh = (): Exchange => new Exchange(identity, pairing.steps.pinShownByClient ?? '', random);

  const secret = text(2, 'pairingsecret');
  const flipped = `${secret.slice(0, 40)}${secret[40] === '0' ? '1' : '0'}${secret.slice(41)}`;
  const ready = (plaincert = text(0, 'plaincert')): Exchange => {
    const exchange = fresh();
    exchange.acceptCertificate(plaincert);
    exchange.answer(text(1, 'challengeresponse'));
    return exchange;
  };
  t.throws(() => ready().reveal(flipped), { message: /signed/ });
  t.throws(() => ready(Buffer.from(stranger.cert_pem).toString('hex')).reveal(secret), { message: /signed/ });
  t.throws(() => ready().reveal(secret.slice(2)), ProbeError);
  t.throws(() => ready().answer('00'), ProbeError);
  t.throws(() => fresh().acceptCertificate('zz'), ProbeError);
  t.throws(() => fresh().reveal(secret), /certificate/);
});

t.test('the recorded answers of the host are read', async (t) => {
  const body = (sequence: string, path: string, transport = 'https'): HostReply => {
    const found = recorded.replies.find(
      (reply) => reply.sequence === sequence && reply.path === path && reply.transport === transport,
    );
    if (!found) throw new Error(`no recorded ${path} in ${sequence}`);
    return new HostReply(found.body);
  };
  t.match(readServerInfo(body('info-unpaired', '/serverinfo', 'http')), {
    hostname: 'peer',
    app_version: '7.1.431.-1',
    https_port: 47984,
    codec_modes: 1,
    paired: false,
    current_app: 0,
  });
  t.match(readServerInfo(body('info-paired', '/serverinfo')), { paired: true, current_app: 0 });
  t.match(readServerInfo(body('info-busy', '/serverinfo')), { paired: true, current_app: 958645192 });
  const free = recorded.replies.find((reply) => reply.sequence === 'info-busy')?.body.replace('_BUSY<', '_FREE<');
  t.match(readServerInfo(new HostReply(free ?? '')), { current_app: 0 }, 'an app number counts only while busy');
  t.throws(() => readServerInfo(body('info-unpaired', '/serverinfo')), { kind: 'refused', message: /401/ });
  t.same(readAppList(body('list', '/applist')), [{ id: 958645192, title: 'Desktop', hdr: false }]);
  t.equal(body('launch', '/launch').text('sessionUrl0'), 'rtspenc://10.78.0.1:48010');
  t.throws(() => body('cancel-while-streaming', '/cancel').requireOk('/cancel'), { message: /disconnected/ });
});
