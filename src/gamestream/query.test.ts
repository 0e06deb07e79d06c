import fc from 'fast-check';
import t from 'tap';
import { PunktfunkError } from '../errors.ts';
import { parseLaunch } from './launch.ts';
import { hexParameter, integerParameter, parseQuery } from './query.ts';
import { pairing_recording, rtsp_recording } from './testdata/load.ts';
import '../test-limit.ts';

const queryOf = (target: string) => parseQuery(target.slice(target.indexOf('?') + 1));

/** The same launch of a client that is set to stereo: surround is refused, which has its own test. */
const stereo = (target: string) => target.replace(/surroundAudioInfo=\d+/, 'surroundAudioInfo=196610');

t.test('what cannot be streamed is said where the client can show it', async (t) => {
  const launch = (more: string, policy: 'offered' | 'required' = 'offered') =>
    parseLaunch(parseQuery(`rikey=${'0'.repeat(32)}&rikeyid=0&${more}`), policy);
  for (const info of ['4128774', '104792072', '0']) {
    t.throws(() => launch(`surroundAudioInfo=${info}`), { code: 'STREAM_REFUSED', message: /stereo/ }, info);
  }
  t.doesNotThrow(() => launch('surroundAudioInfo=196610'));
  t.throws(() => launch('', 'required'), { code: 'STREAM_REFUSED', message: /requires encryption/ });
  t.doesNotThrow(() => launch('corever=1', 'required'));
});

t.test('every recorded launch', async (t) => {
  for (const { id, launchTarget, rikeyHex, rikeyid, encrypted } of rtsp_recording.sessions) {
    const launch = parseLaunch(queryOf(stereo(launchTarget)), 'offered');
    t.equal(launch.key.toString('hex'), rikeyHex, id);
    t.equal(launch.rikey_id | 0, rikeyid);
    t.equal(launch.encrypted_rtsp, encrypted, 'RTSP is sealed exactly when the client can');
  }
  for (const { target } of pairing_recording.launches.filter(({ target }) => /^\/(launch|resume)/.test(target))) {
    t.ok((parseLaunch(queryOf(stereo(target)), 'offered').app_id ?? 0) > 0);
  }
});

t.test('modes', async (t) => {
  const launch = (mode: string) => parseLaunch(parseQuery(`rikey=${'0'.repeat(32)}&rikeyid=0&mode=${mode}`), 'offered');
  t.doesNotThrow(() => launch('1280x720x60'));
  // A draft: the size and rate that count come in ANNOUNCE. Zeros say nothing yet, phones say the odd points of their screens.
  const drafts = ['1280x720x0', '0x0x0', '0x0x60', '2556x1179x60', '1125x2436x120', '1281x721x60', '1920x1080x59.94'];
  for (const mode of drafts) t.doesNotThrow(() => launch(mode), mode);
  for (const mode of ['20000x20000x60', '1280x720x10000', '63x64x30', '0x720x60', '1280x720x0.2']) {
    t.throws(() => launch(mode), { code: 'MODE_REFUSED' }, mode);
  }
  for (const mode of [
    '',
    '1280x720',
    'axbxc',
    '-1x-1x-1',
    '1280x720x60x1',
    '1280.5x720x60',
    '1e3x720x60',
    '1280x720x60.',
  ])
    t.throws(() => launch(mode), { message: /mode is not/ }, mode);
});

t.test('what the client wants of the desktop and its loudspeakers is handed on', async (t) => {
  const launch = (more: string) => parseLaunch(parseQuery(`rikey=${'0'.repeat(32)}&rikeyid=0${more}`), 'offered');
  t.match(launch('&localAudioPlayMode=1&sops=0'), { host_audio: true, may_change_mode: false });
  t.match(launch('&localAudioPlayMode=0&sops=1'), { host_audio: false, may_change_mode: true });
  t.match(launch(''), { host_audio: undefined, may_change_mode: undefined }, 'not said is not no');
  t.throws(() => launch('&sops=yes'), { message: /sops is not a number/ });
});

t.test('what is refused', async (t) => {
  const refused: [string, RegExp][] = [
    ['a=1&a=2', /given twice/],
    [Array.from({ length: 70 }, (_, i) => `p${i}=`).join('&'), /too many/],
    [`a=${'x'.repeat(9000)}`, /too long/],
  ];
  for (const [text, message] of refused) t.throws(() => parseQuery(text), { message });
  const query = parseQuery('hex=0g&odd=abc&short=ab&n=1.5&big=99999999999&empty=');
  t.throws(() => hexParameter(query, 'hex', 1), { message: /not hexadecimal/ });
  t.throws(() => hexParameter(query, 'odd', 1, 9), { message: /not hexadecimal/ });
  t.throws(() => hexParameter(query, 'short', 2), { message: /wrong length/ });
  t.throws(() => hexParameter(query, 'none', 2), { message: /none is missing/ });
  for (const name of ['n', 'big', 'empty'])
    t.throws(() => integerParameter(query, name, 0, 10), { message: /not a number from 0 to 10/ });
  t.equal(integerParameter(query, 'none', 0, 10, 7), 7);
});

t.test('any text: a launch, BAD_REQUEST or MODE_REFUSED', async (t) => {
  const recorded = rtsp_recording.sessions[0]?.launchTarget.split('?')[1]?.split('&') ?? [];
  const text = fc.oneof(
    fc.string({ maxLength: 500 }),
    fc
      .tuple(fc.nat(recorded.length - 1), fc.string({ maxLength: 50 }))
      .map(([at, value]) => recorded.with(at, value).join('&')),
    fc
      .tuple(fc.nat(recorded.length - 1), fc.string({ maxLength: 50 }))
      .map(([at, value]) => recorded.with(at, `${recorded[at]?.split('=')[0]}=${encodeURIComponent(value)}`).join('&')),
  );
  fc.assert(
    fc.property(text, (input) => {
      try {
        const { key, rikey_id } = parseLaunch(parseQuery(input), 'offered');
        if (key.length !== 16 || !Number.isInteger(rikey_id) || rikey_id < 0)
          throw new Error('an unusable launch got through');
      } catch (error) {
        const fine =
          error instanceof PunktfunkError && ['BAD_REQUEST', 'MODE_REFUSED', 'STREAM_REFUSED'].includes(error.code);
        if (!fine) throw error;
      }
    }),
    { numRuns: 5000, seed: 20261122, interruptAfterTimeLimit: 20_000 },
  );
  t.pass('5000 texts');
});
