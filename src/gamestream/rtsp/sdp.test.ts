import fc from 'fast-check';
import t from 'tap';
import { testCapabilities } from '../../session/test-capabilities.ts';
import { rtsp_recording } from '../testdata/load.ts';
import { BadRtsp, parseRequest } from './message.ts';
import { describe, parseAnnounce, parseAttributes } from './sdp.ts';
import '../../test-limit.ts';

const announces = rtsp_recording.sessions.map(({ id, messages, announceAttributes }) => {
  const request = parseRequest(Buffer.from(messages[5]?.request ?? '', 'latin1'));
  return { id, announceAttributes, body: request?.body ?? '', host: request?.headers.get('host') ?? '' };
});

for (const { id, body, host, announceAttributes } of announces) {
  t.test(`${id}: the attributes are the recorded ones`, async (t) => {
    t.same(Object.fromEntries(parseAttributes(body)), announceAttributes);
    const request = parseAnnounce(body, host);
    t.equal(request.width, Number(announceAttributes['x-nv-video[0].clientViewportWd']));
    t.equal(request.packet_size, Number(announceAttributes['x-nv-video[0].packetSize']));
    t.equal(request.audio_channels, Number(announceAttributes['x-nv-audio.surround.numChannels']));
    t.ok(request.encrypted_control);
    t.equal(request.csc_mode, Number(announceAttributes['x-nv-video[0].encoderCscMode']));
    t.equal(request.encrypt_video, (Number(announceAttributes['x-ss-general.encryptionEnabled'] ?? 0) & 2) !== 0);
  });
}

t.test('sound is encrypted when either place says so', async (t) => {
  const { body } = announces[0] ?? { body: '' };
  const said = (ss: number, nv: number) =>
    parseAnnounce(
      body
        .replace(/encryptionEnabled:\d+/, `encryptionEnabled:${ss}`)
        .replace(/x-nv-general.featureFlags:\d+/, `x-nv-general.featureFlags:${nv}`),
      '0.0.0.0',
    ).encrypt_audio;
  t.equal(said(1, 135), false);
  t.equal(said(5, 135), true);
  t.equal(said(1, 167), true, 'the flag that old hosts know');
});

t.test('the Host header tells the quality of stereo', async (t) => {
  const { body } = announces[0] ?? { body: '' };
  t.equal(parseAnnounce(body, '0.0.0.0').audio_high_quality, false);
  t.equal(parseAnnounce(body, '192.0.2.1').audio_high_quality, true);
});

t.test('what is missing or no number is named', async (t) => {
  const { body } = announces[0] ?? { body: '' };
  t.throws(() => parseAnnounce(body.replace(/a=x-nv-video\[0\]\.packetSize.*\r\n/, ''), ''), {
    message: /packetSize is missing/,
  });
  t.throws(() => parseAnnounce(body.replace(/maxFPS:60/, 'maxFPS:6e1'), ''), { message: /maxFPS is not a number/ });
  t.throws(() => parseAnnounce(body.replace(/maxFPS:60/, 'maxFPS:99999999999'), ''), {
    message: /maxFPS is not a number/,
  });
  t.throws(
    () => parseAttributes('a=b:c\n'.repeat(10) + Array.from({ length: 300 }, (_, i) => `a=n${i}:1`).join('\n')),
    { message: /more than/ },
  );
});

t.test('a fraction of what is measured means the nearest', async (t) => {
  const { body } = announces[0] ?? { body: '' };
  const wish = (name: string, value: string) =>
    parseAnnounce(body.replace(new RegExp(`(${name}):\\d+`), `$1:${value}`), '0.0.0.0');
  t.match(wish('maxFPS', '59.94'), { fps: 60, refresh_x100: 5994 });
  t.match(wish('maxFPS', '23.976'), { fps: 24, refresh_x100: 2398 });
  t.match(wish('clientViewportWd', '1280.5'), { width: 1280 });
  t.match(wish('clientViewportHt', '719.99'), { height: 719 });
  t.match(wish('maximumBitrateKbps', '16000.4'), { maximum_bitrate_kbps: 16_000 });
  for (const name of ['packetSize', 'numChannels', 'encoderCscMode', 'bitStreamFormat'])
    t.throws(() => wish(name, '1.5'), { message: /is not a number/ }, `${name} is a kind, not a measure`);
});

t.test('any text: a request or BadRtsp', async (t) => {
  const { body } = announces[0] ?? { body: '' };
  const lines = body.split('\r\n');
  const text = fc.oneof(
    fc.string({ maxLength: 2000 }),
    fc
      .tuple(fc.nat(lines.length - 1), fc.string({ maxLength: 300 }))
      .map(([at, value]) => lines.with(at, value).join('\r\n')),
    fc
      .tuple(fc.nat(lines.length - 1), fc.string({ maxLength: 20 }))
      .map(([at, value]) => lines.with(at, (lines[at] ?? '').replace(/:.*/, `:${value}`)).join('\r\n')),
  );
  fc.assert(
    fc.property(text, fc.string({ maxLength: 40 }), (input, host) => {
      try {
        const request = parseAnnounce(input, host);
        for (const value of Object.values(request))
          if (Number.isNaN(value)) throw new Error('not a number got through');
      } catch (error) {
        if (!(error instanceof BadRtsp)) throw error;
      }
    }),
    { numRuns: 5000, seed: 20261122, interruptAfterTimeLimit: 20_000 },
  );
  t.pass('5000 texts');
});

t.test('the offer', async (t) => {
  const offered = describe('offered', testCapabilities(), { moving_gamepads: false });
  t.match(offered, /^a=x-ss-general\.encryptionSupported:7\r$/m);
  t.match(offered, /^a=x-ss-general\.encryptionRequested:1\r$/m);
  const required = describe('required', testCapabilities(), { moving_gamepads: true });
  t.match(offered, /^a=x-ss-general\.featureFlags:0\r$/m, 'no promise of what the kernel does not give');
  t.match(required, /^a=x-ss-general\.featureFlags:2\r$/m);
  t.match(required, /^a=x-ss-general\.encryptionRequested:7\r$/m);
  for (const text of ['AV1/90000', 'sprop-parameter-sets=AAAAAU', 'refPicInvalidation']) {
    t.notOk(offered.includes(text), `${text} is not promised`);
  }
});
