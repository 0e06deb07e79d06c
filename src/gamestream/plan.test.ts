import fc from 'fast-check';
import t from 'tap';
import { Start } from '../contract/messages.ts';
import { refusal } from '../contract/read.ts';
import { PunktfunkError } from '../errors.ts';
import { absurdMode, type StreamContext, type StreamPlan, startMessage } from '../session/plan.ts';
import { testCapabilities } from '../session/test-capabilities.ts';
import { checkRequest, displayMode, encoderBitrate, planStream, type StreamRequest, sliceCount } from './plan.ts';
import { parseAnnounce } from './rtsp/sdp.ts';
import '../test-limit.ts';
import { request } from './test-request.ts';
import { rtsp_recording } from './testdata/load.ts';

const settings = {
  bind: '0.0.0.0',
  fec_percent: 20,
  encoder_crf: 20,
  encoder_preset: 'superfast',
  encryption: 'offered',
  keyboard_layout: 'ch(fr)',
  gamepad: 'auto',
} as const;
const context: StreamContext = {
  module_dir: '/m',
  checkpoint_path: '/c',
  ports: { video: 1, audio: 2, control: 3 },
  client_address: '192.0.2.1',
  host_address: '127.0.0.1',
  host_audio: true,
  may_send_input: true,
  seat: '1a2b3c4d',
  target: { kind: 'synthetic', moving: true },
  input: null,
  sound: null,
};
const marks = {
  key: Buffer.alloc(16, 0xab),
  rikey_id: 0xffff_fffb,
  ping_payload: 'A'.repeat(16),
  connect_data: 7,
};
const started = (
  wish: StreamRequest,
  { bind = settings.bind as string, ...changes }: Partial<StreamContext & { bind: string }> = {},
) =>
  startMessage(
    planStream(wish, settings, marks, testCapabilities(), 1),
    { ...settings, bind },
    { ...context, ...changes },
  );
const plan = (changes: Partial<StreamRequest>) => started({ ...request, ...changes });

t.test('every recorded stereo ANNOUNCE becomes a valid start message', async (t) => {
  for (const { id, messages } of rtsp_recording.sessions) {
    const [, body = ''] = (messages[5]?.request ?? '').split('\r\n\r\n');
    const wish = parseAnnounce(body, '0.0.0.0');
    if (wish.audio_channels !== 2) {
      t.throws(() => checkRequest(wish, settings), { code: 'STREAM_REFUSED', message: /only stereo/ }, id);
      continue;
    }
    const start = started(wish);
    t.equal(refusal(Start, start), undefined, id);
    t.equal(start.video.width, wish.width);
    t.match(start.transport, { packet_size: wish.packet_size, encrypt_video: wish.encrypt_video });
  }
});

t.test('the stream answers from the address that the client reached', async (t) => {
  for (const [bind, reached, expected] of [
    ['0.0.0.0', '192.0.2.7', '192.0.2.7'],
    ['192.0.2.9', '192.0.2.9', '192.0.2.9'],
    ['0.0.0.0', '127.0.0.1', '0.0.0.0'], // a tunnel may end here
    ['0.0.0.0', '', '0.0.0.0'],
    ['0.0.0.0', '2001:db8::7', '0.0.0.0'],
  ] as const) {
    const start = started(request, { bind, host_address: reached });
    t.equal(start.transport.bind_address, expected, `${reached || 'unknown'} of ${bind}`);
  }
});

t.test('the keyboard layout of the settings goes with the desktop that takes input', async (t) => {
  t.equal(plan({}).input, null);
  const wayland_display = 'wayland-1';
  const input = {
    kind: 'wlroots',
    wayland_display,
    output: '',
    seat: '',
    keyboard_layout: '',
    sway_socket: '',
  } as const;
  const start = started(request, { input });
  t.same(start.input, { ...input, keyboard_layout: 'ch(fr)' });
  t.same(started(request, { input, may_send_input: false }).input, { kind: 'forbidden' }, 'a client that may not');
  t.same(start.pads, { model: 'automatic', seat: '1a2b3c4d' });
  t.equal(started(request, { may_send_input: false }).pads, null);
  t.equal(refusal(Start, start), undefined);
});

t.test('a slice for each core, and what the client asks for at least, as far as the picture has rows', async (t) => {
  for (const [asked, height, cores, slices] of [
    [1, 1080, 1, 1],
    [1, 1080, 2, 2],
    [4, 1080, 2, 4],
    [1, 1080, 64, 8],
    [1, 360, 64, 2],
    [64, 2160, 2, 32],
    [64, 1080, 2, 17],
    [4, 64, 8, 1],
    [0, 16, 0, 1],
    [-4, 720, 1, 1],
  ] as const)
    t.equal(sliceCount(asked, height, cores), slices, `${asked} asked, ${height} rows, ${cores} cores`);
});

t.test('what the client says is obeyed', async (t) => {
  t.match(plan({ csc_mode: 3 }).video, { colorspace: 'rec709', full_range: true });
  t.match(plan({ csc_mode: 0 }).video, { colorspace: 'rec601', full_range: false });
  t.match(plan({ csc_mode: 4 }).video, { colorspace: 'rec2020', full_range: false });
  t.equal(plan({ max_reference_frames: 1 }).video.max_reference_frames, 1);
  t.equal(plan({ slices: 4 }).video.slices, 4);
  t.equal(plan({ slices: 0 }).video.slices, 1);
  t.equal(plan({ encrypt_control_v2: false }).transport.nonce_scheme, 'legacy16');
  t.match(plan({ binds_session: false }).transport, { ping_payload: '', require_connect_data: false });
  t.match(plan({ audio_packet_ms: 10, audio_high_quality: true }).audio, {
    packet_duration_ms: 10,
    bitrate_bps: 512_000,
  });
  t.match(plan({}), {
    audio: { bitrate_bps: 96_000, also_on_host: true },
    transport: { key_hex: 'ab'.repeat(16), rikey_id: 0xffff_fffb, encrypt_audio: false },
  });
});

t.test('bit rate: what parity, sound and the rest need is taken off', async (t) => {
  const rate = (changes: Partial<StreamRequest>, fec = 20) => encoderBitrate({ ...request, ...changes }, fec);
  t.equal(rate({}), 20_000 * 0.8 - 2 * 96 - 500);
  t.equal(rate({ audio_high_quality: true }), 20_000 * 0.8 - 2 * 256 - 500);
  t.equal(
    rate({ configured_bitrate_kbps: 1000 }),
    1000 * 0.8 * 0.8 * 0.9,
    'at most a fifth for sound, a tenth for the rest',
  );
  t.equal(rate({}, 90), 20_000 - 192 - 500, 'more than 80 % parity is not taken off');
  t.equal(rate({ configured_bitrate_kbps: undefined }), 16_000, 'old clients took it off themselves');
  t.equal(rate({ configured_bitrate_kbps: 0 }), 100);
});

t.test('the mode of the display', async (t) => {
  const mode = (fps: number, refresh_x100: number) => displayMode({ ...request, fps, refresh_x100 }).refresh_mhz;
  t.equal(mode(60, 5994), 59_940, 'a fractional rate');
  t.equal(mode(60, 0), 60_000);
  t.equal(mode(30, 6000), 30_000, 'not the rate of the client’s screen');
});

t.test('absurd modes', async (t) => {
  for (const [width, height, fps] of [
    [0, 0, 60],
    [20_000, 20_000, 60],
    [1280, 720, 10_000],
    [1280, 720, 0],
    [62, 64, 60],
  ] as const) {
    t.type(absurdMode(width, height, fps), 'string', `${width}x${height}x${fps}`);
    t.throws(() => checkRequest({ ...request, width, height, fps }, settings), { code: 'MODE_REFUSED' });
  }
  t.equal(absurdMode(3840, 2160, 120), undefined);
});

t.test('an odd side is streamed one point smaller, everywhere alike', async (t) => {
  for (const [width, height, streamed] of [
    [2556, 1179, { width: 2556, height: 1178 }],
    [1125, 2436, { width: 1124, height: 2436 }],
    [1281, 721, { width: 1280, height: 720 }],
    [65, 65, { width: 64, height: 64 }],
    [8192, 8192, { width: 8192, height: 8192 }],
  ] as const) {
    const odd = { ...request, width, height };
    t.doesNotThrow(() => checkRequest(odd, settings), `${width}x${height}`);
    t.match(displayMode(odd), streamed);
    const start = started(odd);
    t.match(start.video, streamed);
    t.equal(refusal(Start, start), undefined);
  }
});

t.test('a wish that nobody makes is bounded, and the bound is told in one sentence', async (t) => {
  const cases: [Partial<StreamRequest>, Partial<StreamPlan['video']>, string | undefined][] = [
    [{}, {}, undefined],
    [{ width: 1281, height: 721 }, { width: 1280, height: 720 }, undefined],
    [{ slices: 0 }, { slices: 1 }, undefined],
    [{ slices: 17, height: 1080 }, { slices: 17 }, undefined],
    [{ slices: 64, height: 1080 }, { slices: 17 }, '64 slices a picture (it gets 17)'],
    [{ slices: 64, height: 2160 }, { slices: 32 }, '64 slices a picture (it gets 32)'],
    [{ configured_bitrate_kbps: 1 }, { bitrate_kbps: 100 }, '1 kbit/s (the picture gets 100)'],
    [
      { configured_bitrate_kbps: undefined, maximum_bitrate_kbps: 1 },
      { bitrate_kbps: 100 },
      '1 kbit/s (the picture gets 100)',
    ],
    [{ configured_bitrate_kbps: 2_000_000 }, { bitrate_kbps: 1_599_308 }, undefined],
    // nine tenths of 4092 packets a picture, of 1376 bytes each
    [
      { configured_bitrate_kbps: 2_000_000, fps: 30 },
      { bitrate_kbps: 1_216_207 },
      '2000000 kbit/s (the picture gets 1216207)',
    ],
    [{ configured_bitrate_kbps: 100_000, fps: 1 }, { bitrate_kbps: 40_540 }, '100000 kbit/s (the picture gets 40540)'],
    [
      { configured_bitrate_kbps: 900_000_000, fps: 480 },
      { bitrate_kbps: 2_000_000, fps: 480 },
      '900000000 kbit/s (the picture gets 2000000)',
    ],
    [
      { configured_bitrate_kbps: 1, slices: 64, height: 2160 },
      { bitrate_kbps: 100, slices: 32 },
      '1 kbit/s (the picture gets 100) and 64 slices a picture (it gets 32)',
    ],
  ];
  for (const [change, video, told] of cases) {
    const planned = planStream({ ...request, packet_size: 1392, ...change }, settings, marks, testCapabilities(), 1);
    t.match(planned.video, video);
    t.equal(planned.bounded, told);
  }
});

t.test('what is refused, and why', async (t) => {
  const cases: [Partial<StreamRequest>, RegExp][] = [
    [{ packet_size: 1400 }, /1400 bytes/],
    [{ packet_size: 0 }, /0 bytes/],
    [{ packet_size: 65_536 }, /65536 bytes/],
    [{ csc_mode: 6 }, /colour space/],
    [{ audio_channels: 6 }, /stereo/],
    [{ audio_packet_ms: 7 }, /7 ms/],
    [{ encrypted_control: false }, /unencrypted control/],
  ];
  for (const [change, message] of cases) {
    t.throws(() => checkRequest({ ...request, ...change }, settings), { code: 'STREAM_REFUSED', message });
  }
  const required = { encryption: 'required' } as const;
  t.throws(() => checkRequest(request, required), { message: /does not encrypt picture and sound/ });
  t.doesNotThrow(() => checkRequest({ ...request, encrypt_video: true, encrypt_audio: true }, required));
});

t.test('any request: refused, or a start message that the engine takes', async (t) => {
  const number = fc.oneof(fc.nat(100), fc.nat(10_000), fc.nat(999_999_999), fc.constantFrom(64, 720, 1280, 1392));
  const flag = fc.boolean();
  const wish = fc.record({
    width: number,
    height: number,
    fps: number,
    refresh_x100: number,
    packet_size: number,
    configured_bitrate_kbps: fc.option(number, { nil: undefined }),
    maximum_bitrate_kbps: number,
    min_parity_shards: number,
    slices: number,
    max_reference_frames: number,
    codec: fc.nat(2),
    csc_mode: fc.nat(9),
    audio_channels: fc.constantFrom(2, 6),
    audio_packet_ms: fc.constantFrom(5, 10, 20),
    chroma_444: flag,
    ten_bit: flag,
    audio_high_quality: flag,
    encrypt_control_v2: flag,
    encrypt_video: flag,
    encrypt_audio: flag,
    encrypted_control: flag,
    binds_session: flag,
  });
  // Half of the cases differ from a sound request in a few places only, so that many get through.
  const near = fc.tuple(wish, fc.subarray(Object.keys(request), { maxLength: 3 })).map(
    ([wild, names]) =>
      ({
        ...request,
        ...Object.fromEntries(Object.entries(wild).filter(([name]) => names.includes(name))),
      }) as StreamRequest,
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(wish as fc.Arbitrary<StreamRequest>, near), (any) => {
      let start: Start;
      try {
        start = started(any);
      } catch (error) {
        if (error instanceof PunktfunkError && ['MODE_REFUSED', 'STREAM_REFUSED'].includes(error.code)) return;
        throw error;
      }
      taken++;
      const wrong = refusal(Start, start);
      if (wrong !== undefined) throw new Error(`not a start message: ${wrong}`);
    }),
    { numRuns: 3000, seed: 20261122 },
  );
  t.ok(taken > 200, `${taken} got through`);
});
