import t from 'tap';
import '../test-limit.ts';
import { testCapabilities } from '../session/test-capabilities.ts';
import { choosePicture, codecLines, codecModes } from './offer.ts';
import { request } from './test-request.ts';

const works = testCapabilities();

t.test('what works is offered', async (t) => {
  t.equal(codecModes(works), 1);
  t.equal(codecModes(testCapabilities(false)), 0);
  t.same(codecLines(works), [], 'H.264 needs no word');
  t.same(choosePicture(request, works), { codec: 'h264', bit_depth: 8, chroma: 'yuv420' });
});

t.test('what no encoder makes is refused', async (t) => {
  for (const [change, message] of [
    [{ codec: 1 }, /codec that is not offered \(H\.264\)/],
    [{ codec: 9 }, /codec that is not offered/],
    [{ chroma_444: true }, /4:4:4/],
    [{ ten_bit: true }, /HDR/],
  ] as const)
    t.throws(() => choosePicture({ ...request, ...change }, works), { code: 'STREAM_REFUSED', message });
  t.throws(() => choosePicture(request, testCapabilities(false)), { code: 'NO_ENCODER', message: /not built/ });
  const small = { ...works, encoders: works.encoders.map((one) => ({ ...one, max_side_px: 1279 })) };
  t.throws(() => choosePicture(request, small), { code: 'MODE_REFUSED', message: /at most 1279 points/ });
});
