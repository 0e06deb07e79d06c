import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import { listApps } from '../config/app.ts';
import { PunktfunkError } from '../errors.ts';
import { appList } from './apps.ts';
import { drawnBoxArt } from './box-art.ts';
import { serverInfo } from './serverinfo.ts';
import { element, escapeXml, xmlRefusal, xmlReply } from './xml.ts';
import '../test-limit.ts';

const info = {
  name: 'host',
  unique_id: 'ID',
  http_port: 47_989,
  https_port: 47_984,
  paired: false,
  local_address: '192.0.2.1',
  codec_modes: 1,
  current_app: 0,
};

t.test('/serverinfo, whole', async (t) => {
  t.equal(
    serverInfo(info),
    '<?xml version="1.0" encoding="utf-8"?><root status_code="200"><hostname>host</hostname><appversion>7.1.431.-1</appversion>' +
      '<GfeVersion>3.23.0.74</GfeVersion><uniqueid>ID</uniqueid><HttpsPort>47984</HttpsPort><ExternalPort>47989</ExternalPort>' +
      '<MaxLumaPixelsHEVC>0</MaxLumaPixelsHEVC><mac>00:00:00:00:00:00</mac><LocalIP>192.0.2.1</LocalIP>' +
      '<ServerCodecModeSupport>1</ServerCodecModeSupport><PairStatus>0</PairStatus><currentgame>0</currentgame>' +
      '<state>PUNKTFUNK_SERVER_FREE</state></root>',
  );
  t.match(serverInfo({ ...info, current_app: 7 }), '<currentgame>7</currentgame><state>PUNKTFUNK_SERVER_BUSY</state>');
  t.match(serverInfo({ ...info, local_address: 'fe80::1' }), '<LocalIP>127.0.0.1</LocalIP>', 'never IPv6 here');
  t.notMatch(serverInfo({ ...info, current_app: 7 }), /MJOLNIR/);
});

t.test('the hardware address is for paired clients', async (t) => {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const real = all.find((address) => address.family === 'IPv4' && !address.internal);
  if (!real) {
    t.comment('this machine has no network interface: nothing to look up');
    t.match(serverInfo({ ...info, paired: true }), '<mac>00:00:00:00:00:00</mac>');
    return;
  }
  t.match(serverInfo({ ...info, paired: true, local_address: real.address }), `<mac>${real.mac}</mac>`);
  t.match(serverInfo({ ...info, paired: false, local_address: real.address }), '<mac>00:00:00:00:00:00</mac>');
});

t.test('the ids of applications', async (t) => {
  const title = fc.string({ minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(title, { minLength: 1, maxLength: 20 }), (titles) => {
      const apps = listApps(titles.map((title) => ({ title })));
      const ids = apps.map((app) => app.id);
      if (new Set(ids).size !== ids.length) throw new Error('two of one id');
      if (ids.some((id) => id <= 0 || id > 0x7fff_ffff)) throw new Error('not a positive signed number');
    }),
    { numRuns: 1000, seed: 5 },
  );
  const [alone] = listApps([{ title: 'Steam' }]);
  t.equal(listApps([{ title: 'Desktop' }, { title: 'Steam' }])[1]?.id, alone?.id, 'stable whatever else is listed');
  t.equal(listApps([{ title: 'Desktop' }])[0]?.id, 1679907923, 'stable across versions: clients keep shortcuts by it');
});

t.test('XML is compact and whole, whatever the text', async (t) => {
  t.equal(
    appList(listApps([{ title: 'A<B>&"C"' }])).match(/<AppTitle>(.*)<\/AppTitle>/)?.[1],
    'A&lt;B&gt;&amp;&quot;C&quot;',
  );
  t.equal(escapeXml('a\u0000b\u001bc\ud800d\ufffee\tf'), 'abcde\tf');
  t.equal(
    xmlRefusal(new PunktfunkError('APP_FAILED', { title: 'x', reason: 'no "way"' }), [element('resume', 0)]),
    '<?xml version="1.0" encoding="utf-8"?><root status_code="503" status_message="x could not be started: no &quot;way&quot;. Correct its command in the configuration."><resume>0</resume></root>',
  );
  t.match(
    xmlRefusal(new PunktfunkError('CERTIFICATE_UNKNOWN'), [], '/applist'),
    /<root status_code="401" query="\/applist" status_message="The client is not authorized\. [^"]+"\/>$/,
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 100, unit: 'binary' }), (text) => {
      const inner = /<a>([\s\S]*)<\/a>/.exec(xmlReply([element('a', text)]))?.[1] ?? '<';
      if (/[<>]/.test(inner) || /&(?!(amp|lt|gt|quot);)/.test(inner)) throw new Error(inner);
    }),
    { numRuns: 2000, seed: 6 },
  );
});

t.test('box art is a PNG', async (t) => {
  const art = await drawnBoxArt(5);
  t.equal(art.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  t.equal(art.readUInt32BE(16), 300);
  t.equal(art.readUInt32BE(20), 400);
  const { crc32, inflateSync } = await import('node:zlib');
  let seen = '';
  for (let at = 8; at < art.length; ) {
    const length = art.readUInt32BE(at);
    const body = art.subarray(at + 4, at + 8 + length);
    t.equal(art.readUInt32BE(at + 8 + length), crc32(body));
    const type = body.toString('latin1', 0, 4);
    if (type === 'IDAT') t.equal(inflateSync(body.subarray(4)).length, 301 * 400);
    seen += type;
    at += length + 12;
  }
  t.equal(seen, 'IHDRPLTEIDATIEND');
  t.notOk(art.equals(await drawnBoxArt(100)), 'each its colour');
});
