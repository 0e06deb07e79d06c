// The recorded RTSP of two stock clients with another host. Each session is played again: a listener gives the recorded
// replies, and what the probe asks must be what the stock client asked, to the byte.
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import t from 'tap';
import { type EncryptionWish, handshake, type StreamPlan } from './handshake.ts';
import { openRtsp, parseReply, RtspClient, sealRtsp } from './rtsp.ts';
import { opusLayout, readOffer } from './sdp.ts';
import '../../src/test-limit.ts';

interface Message {
  request: string;
  reply: string;
  requestWireHex?: string;
  requestSequence?: number;
  replyWireHex?: string;
  replySequence?: number;
}

interface Session {
  id: string;
  rikeyHex: string;
  encrypted: boolean;
  messages: Message[];
}

const { sessions }: { sessions: Session[] } = JSON.parse(
  readFileSync(new URL('testdata/rtsp.json', import.meta.url), 'utf8'),
);
const reachable_codec = 'h264';

t.test('every sealed message opens to its text, and sealing the text gives the recorded bytes', async (t) => {
  let opened = 0;
  for (const session of sessions.filter((session) => session.encrypted)) {
    const key = Buffer.from(session.rikeyHex, 'hex');
    for (const message of session.messages) {
      const request = Buffer.from(message.requestWireHex ?? '', 'hex');
      const reply = Buffer.from(message.replyWireHex ?? '', 'hex');
      if (openRtsp(key, 'client', request) !== message.request) t.fail(`${session.id}: request`);
      if (openRtsp(key, 'host', reply) !== message.reply) t.fail(`${session.id}: reply`);
      if (!sealRtsp(key, 'client', message.requestSequence ?? 0, message.request).equals(request)) t.fail(session.id);
      if (!sealRtsp(key, 'host', message.replySequence ?? 0, message.reply).equals(reply)) t.fail(session.id);
      opened += 2;
    }
  }
  t.equal(opened, 196);
});

t.test('a sealed message that was touched, cut or prolonged is refused', async (t) => {
  const session = sessions.find((session) => session.encrypted);
  const key = Buffer.from(session?.rikeyHex ?? '', 'hex');
  const wire = Buffer.from(session?.messages[0]?.replyWireHex ?? '', 'hex');
  for (let at = 0; at < wire.length; at += 1) {
    const touched = Buffer.from(wire);
    touched[at] = (touched[at] ?? 0) ^ 1;
    t.throws(() => openRtsp(key, 'host', touched), `byte ${at}`);
  }
  t.throws(() => openRtsp(key, 'host', wire.subarray(0, -1)), /says/);
  t.throws(() => openRtsp(key, 'host', Buffer.concat([wire, wire])), /says/);
  t.throws(() => openRtsp(key, 'host', Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')), /in clear/);
  t.throws(() => openRtsp(key, 'client', wire), /authenticate/);
});

t.test('replies that stock clients refuse are refused', async (t) => {
  const refused = [
    'RTSP/1.0 200\r\nCSeq: 1\r\n\r\n',
    'RTSP/1.0 200 OK\r\n\r\n',
    'RTSP/1.0 200 OK\r\nCSeq: 1\r\n',
    'RTSP/1.0 200 OK\r\nCSeq:1\r\n\r\n',
    'RTSP/1.0 200 OK\r\nCSeq: \r\n\r\n',
    'HTTP/1.1 200 OK\r\nCSeq: 1\r\n\r\n',
  ];
  for (const text of refused) t.throws(() => parseReply(text), JSON.stringify(text));
});

// Reads one request a connection (to its Content-length), answers with the next recorded reply and closes.
function replay(session: Session, requests: string[]): Promise<Server> {
  const key = Buffer.from(session.rikeyHex, 'hex');
  const server = createServer((socket) => {
    let wire = Buffer.alloc(0);
    socket.on('data', (piece) => {
      wire = Buffer.concat([wire, piece]);
      const text = session.encrypted
        ? wire.length >= 24 &&
          wire.length === 24 + (wire.readUInt32BE(0) & 0x7fff_ffff) &&
          openRtsp(key, 'client', wire)
        : wire.toString();
      const body = /Content-length: (\d+)/.exec(text || '')?.[1] ?? '0';
      const end = (text || '').indexOf('\r\n\r\n') + 4;
      if (!text || end < 4 || Buffer.byteLength(text) < end + Number(body)) return;
      const message = session.messages[requests.length];
      requests.push(text);
      socket.end(session.encrypted ? Buffer.from(message?.replyWireHex ?? '', 'hex') : (message?.reply ?? ''));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function planOf(session: Session): StreamPlan {
  const announce = session.messages[5]?.request ?? '';
  const attribute = (name: string): number => Number(announce.split(`a=${name}:`)[1]?.split(' ')[0]);
  const enabled = attribute('x-ss-general.encryptionEnabled');
  const wish: EncryptionWish =
    (enabled & 2) !== 0 ? 'all' : attribute('x-nv-general.featureFlags') === 167 ? 'audio' : 'none';
  return {
    address: '10.78.0.1',
    width: attribute('x-nv-video[0].clientViewportWd'),
    height: attribute('x-nv-video[0].clientViewportHt'),
    fps: attribute('x-nv-video[0].maxFPS'),
    refresh_rate_x100: attribute('x-nv-video[0].clientRefreshRateX100'),
    bitrate_kbps: attribute('x-ml-video.configuredBitrateKbps'),
    packet_size: attribute('x-nv-video[0].packetSize') + (wish === 'all' ? 32 : 0),
    codec: reachable_codec,
    encryption: wish,
    fec_status: true,
    slices: attribute('x-nv-video[0].videoEncoderSlicesPerFrame'),
    max_reference_frames: attribute('x-nv-video[0].maxNumReferenceFrames'),
    channels: attribute('x-nv-audio.surround.numChannels'),
    packet_duration_ms: attribute('x-nv-aqos.packetDuration'),
    csc_mode: attribute('x-nv-video[0].encoderCscMode'),
  };
}

// Left out: a client that was made to behave as one from before control V2, which the probe never does.
for (const session of sessions.filter((session) => session.id !== '720p60-no-control-v2')) {
  t.test(`${session.id}: the same seven requests`, async (t) => {
    const requests: string[] = [];
    const server = await replay(session, requests);
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const rtsp = new RtspClient({
      address: '127.0.0.1',
      session_url: `${session.encrypted ? 'rtspenc' : 'rtsp'}://10.78.0.1:${port}`,
      low_audio_quality: session.messages[0]?.request.includes('Host: 0.0.0.0') ?? false,
      key: Buffer.from(session.rikeyHex, 'hex'),
    });
    let before = 0;
    const negotiated = await handshake(rtsp, planOf(session), () => {
      before = requests.length;
    });
    t.equal(before, 3, 'audio is announced to the caller before SETUP video');
    t.same(
      requests.map((request) => request.replaceAll(`:${port}`, ':48010')),
      session.messages.map((message) => message.request),
    );
    t.match(negotiated, { audio: { port: 48000 }, video: { port: 47998 }, control: { port: 47999, v2: true } });
    t.equal(negotiated.audio.ping_payload.length, 16);
    const connect_data = /X-SS-Connect-Data: (\d+)/.exec(session.messages[4]?.reply ?? '')?.[1];
    t.equal(String(negotiated.control.connect_data), connect_data);
  });
}

t.test('what is encrypted: our wish, what the host has, and what it insists on', async (t) => {
  const session = sessions.find((session) => session.id === '720p60-stereo-1392-plain');
  if (!session) throw new Error('the recording is incomplete');
  const run = async (supported: number, requested: number, encryption: EncryptionWish) => {
    const messages = session.messages.map((message) => ({
      ...message,
      reply: message.reply
        .replace('encryptionSupported:5', `encryptionSupported:${supported}`)
        .replace('encryptionRequested:1', `encryptionRequested:${requested}`),
    }));
    const requests: string[] = [];
    const server = await replay({ ...session, messages }, requests);
    const { port } = server.address() as AddressInfo;
    const key = Buffer.from(session.rikeyHex, 'hex');
    const target = { address: '127.0.0.1', session_url: `rtsp://127.0.0.1:${port}`, low_audio_quality: true, key };
    const plan = { ...planOf(session), encryption, packet_size: 1392 };
    const { audio, video, control, encryption_enabled } = await handshake(
      new RtspClient(target),
      plan,
      () => undefined,
    );
    server.close();
    const features = /x-nv-general.featureFlags:(\d+)/.exec(requests[5] ?? '')?.[1];
    return [encryption_enabled, control.v2, video.encrypted, video.packet_size, audio.encrypted, features];
  };
  t.same(await run(0, 0, 'none'), [0, false, false, 1392, false, '135']);
  t.same(await run(0, 0, 'audio'), [0, false, false, 1392, true, '167'], 'only the old flag tells of encrypted audio');
  t.same(await run(5, 1, 'all'), [5, true, false, 1392, true, '167'], 'video is not supported');
  t.same(await run(7, 1, 'all'), [7, true, true, 1360, true, '167']);
  t.same(await run(7, 7, 'none'), [7, true, true, 1360, true, '167'], 'the host insists');
});

t.test('a host that does not answer, refuses or never closes ends in a sentence', async (t) => {
  const session = sessions[0];
  if (!session) throw new Error('no recorded session');
  const answer = async (reply: string | undefined): Promise<unknown> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(reply ?? ''));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const target = { address: '127.0.0.1', low_audio_quality: true, key: Buffer.alloc(16) };
    const rtsp = new RtspClient({ ...target, session_url: `rtsp://127.0.0.1:${port}` });
    try {
      return await rtsp.request('OPTIONS', rtsp.url);
    } finally {
      server.close();
    }
  };
  await t.rejects(answer(undefined), { kind: 'stream_failed', message: /without a reply/ });
  await t.rejects(answer('RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n'), { message: /404 Not Found/ });
  await t.rejects(answer('RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n'), { message: /CSeq/ });
  await t.rejects(answer(`RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n${'x'.repeat(2 << 20)}`), { message: /longer/ });
  t.throws(
    () => new RtspClient({ address: '', session_url: 'rtsp://host', low_audio_quality: true, key: Buffer.alloc(16) }),
    {
      message: /sessionUrl0/,
    },
  );
});

t.test('Opus layouts: the rotation of normal quality, and what does not fit', async (t) => {
  const offer = (...lines: string[]) => readOffer(lines.map((line) => `a=fmtp:97 surround-params=${line}\n`).join(''));
  const all = offer('642014235', '660012345', '85301467235', '88001234567');
  t.same(opusLayout(all, 2, false).mapping, [0, 1]);
  t.same(opusLayout(all, 6, false), { channels: 6, streams: 4, coupled: 2, mapping: [0, 1, 4, 5, 2, 3] });
  t.same(opusLayout(all, 6, true), { channels: 6, streams: 6, coupled: 0, mapping: [0, 1, 2, 3, 4, 5] });
  t.same(opusLayout(all, 8, false).mapping, [0, 1, 4, 5, 6, 7, 2, 3]);
  t.throws(() => opusLayout(offer(), 6, false), /no Opus layout/);
  t.throws(() => opusLayout(offer('64201423'), 6, false), /does not fit/);
  t.throws(() => opusLayout(offer('642019235'), 6, false), /does not fit/);
});
