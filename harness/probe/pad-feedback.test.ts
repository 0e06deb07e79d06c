import t from 'tap';
import { readPadFeedback } from './pad-feedback.ts';

const read = (type: number, hex: string) => readPadFeedback(type, Buffer.from(hex, 'hex'));

t.test('what a host wants of gamepads', async (t) => {
  t.same(read(0x010b, 'eeffc00001003412ffff'), { kind: 'rumble', pad: 1, low: 0x1234, high: 0xffff });
  t.same(read(0x5500, '0f0002000300'), { kind: 'trigger_rumble', pad: 15, left: 2, right: 3 });
  t.same(read(0x5501, '0400640002'), { kind: 'motion', pad: 4, rate_hz: 100, sensor: 2 });
  t.same(read(0x5502, '0500ff8001'), { kind: 'light', pad: 5, red: 255, green: 128, blue: 1 });
  t.same(read(0x5503, '06000c21260102030405060708090a00000000000000000000'), {
    kind: 'triggers',
    pad: 6,
    left_hex: '210102030405060708090a',
    right_hex: '2600000000000000000000',
  });
  t.equal(read(0x5502, '0500ff80'), undefined, 'too short');
  t.equal(read(0x010e, '00'.repeat(27)), undefined, 'something else');
});
