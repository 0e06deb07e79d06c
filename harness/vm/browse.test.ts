import fc from 'fast-check';
import t from 'tap';
import { readAnnounced, readRecords } from './browse.ts';
import '../../src/test-limit.ts';

const label = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const name = (text: string) => Buffer.concat([...text.split('.').map(label), Buffer.from([0])]);
const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);

function record(owner: Buffer, type: number, ttl_s: number, data: Buffer): Buffer {
  return Buffer.concat([owner, u16(type), u16(0x8001), u16(0), u16(ttl_s), u16(data.length), data]);
}
const response = (count: number, ...parts: Buffer[]) =>
  Buffer.concat([u16(0), u16(0x8400), u16(0), u16(count), u16(0), u16(0), ...parts]);

const service = name('_nvstream._tcp.local');
const back_to_service = u16(0xc000 | 12); // the first record's owner, right after the header
const instance = Buffer.concat([label('box'), back_to_service]);
const srv = Buffer.concat([u16(0), u16(0), u16(47_989), name('box-x.local')]);
const whole = response(
  3,
  record(service, 12, 120, instance),
  record(Buffer.concat([label('box'), back_to_service]), 33, 120, srv),
  record(name('box-x.local'), 1, 120, Buffer.from([192, 0, 2, 7])),
);

t.test('an announcement is read, with names that point back', async (t) => {
  t.same(readAnnounced(whole), [{ instance: 'box', port: 47_989, address: '192.0.2.7', gone: false }]);
});

t.test('a farewell is told from an announcement', async (t) => {
  t.same(readAnnounced(response(1, record(service, 12, 0, instance))), [
    { instance: 'box', port: 0, address: '', gone: true },
  ]);
});

t.test('others are not for us', async (t) => {
  t.same(readAnnounced(response(1, record(name('_ipp._tcp.local'), 12, 120, name('printer._ipp._tcp.local')))), []);
  const question = Buffer.from(whole);
  question[2] = 0;
  t.same(readRecords(question), []);
});

t.test('packets that are not whole throw RangeError, and names in circles end', async (t) => {
  for (let length = 0; length < whole.length; length++)
    t.throws(() => readRecords(whole.subarray(0, length)), RangeError, `cut at ${length}`);
  t.throws(() => readRecords(response(1, u16(0xc000 | 12))), RangeError, 'a name that points at itself');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(whole.length), (bytes, at) => {
      const packet = Buffer.concat([whole.subarray(0, at), bytes]);
      try {
        readAnnounced(packet);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }),
    { numRuns: 3000, seed: 7 },
  );
});
