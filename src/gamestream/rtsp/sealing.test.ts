import fc from 'fast-check';
import t from 'tap';
import { rtsp_recording } from '../testdata/load.ts';
import { BadRtsp } from './message.ts';
import { frameLength, openFrame, sealFrame } from './sealing.ts';
import '../../test-limit.ts';

const sealed = rtsp_recording.sessions.filter((session) => session.encrypted);

t.test('the published vector of the protocol note', async (t) => {
  const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
  const text = 'OPTIONS rtsp://0.0.0.0:48010 RTSP/1.0\r\nCSeq: 1\r\n\r\n';
  const frame =
    '800000320000000111c90b5ce13a2ca2b75d9a659ce503269fe452003a42126629e9a38daca4f663a0b4c5ec51aa0265930c8c3181ede1fa583ffad30508461aebf911908cd92b11f584';
  t.equal(sealFrame(Buffer.from(text), key, 1, 'client').toString('hex'), frame);
  t.equal(openFrame(Buffer.from(frame, 'hex'), key).plaintext.toString(), text);
});

for (const { id, rikeyHex, messages } of sealed) {
  t.test(`${id}: every message opens, and seals to the same bytes`, async (t) => {
    const key = Buffer.from(rikeyHex, 'hex');
    for (const message of messages) {
      const request = Buffer.from(message.requestWireHex ?? '', 'hex');
      t.equal(frameLength(request), request.length);
      const opened = openFrame(request, key);
      t.equal(opened.sequence, message.requestSequence);
      t.equal(opened.plaintext.toString('latin1'), message.request);
      t.throws(
        () => openFrame(request, key, 'host'),
        { message: /not encrypted with the key/ },
        'a client frame is no host frame',
      );
      const sequence = message.replySequence ?? 0;
      t.equal(sealFrame(Buffer.from(message.reply, 'latin1'), key, sequence).toString('hex'), message.replyWireHex);
    }
  });
}

t.test('any changed bit is refused', async (t) => {
  const key = Buffer.alloc(16, 1);
  const frame = sealFrame(Buffer.from('OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n\r\n'), key, 7, 'client');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: frame.length * 8 - 1 }), (bit) => {
      const changed = Buffer.from(frame);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        openFrame(changed, key);
      } catch (error) {
        if (error instanceof BadRtsp) return;
        throw error;
      }
      throw new Error(`bit ${bit} may be changed`);
    }),
    { numRuns: frame.length * 8, seed: 1 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        openFrame(Buffer.from(bytes), key);
      } catch (error) {
        if (!(error instanceof BadRtsp)) throw error;
      }
    }),
    { numRuns: 3000, seed: 2 },
  );
  t.throws(() => frameLength(Buffer.from('00000032', 'hex')), { message: /not encrypted/ });
  t.throws(() => frameLength(Buffer.from('ffffffff', 'hex')), { message: /claims/ });
});
