import fc from 'fast-check';
import t from 'tap';
import { rtsp_recording } from '../testdata/load.ts';
import { BadRtsp, buildReply, max_request_bytes, parseRequest } from './message.ts';
import '../../test-limit.ts';

const { sessions } = rtsp_recording;

t.test('every recorded request parses, however it is cut', async (t) => {
  for (const { id, messages } of sessions) {
    const methods = messages.map(({ request, requestSegments }) => {
      const bytes = Buffer.from(request, 'latin1');
      const cuts = requestSegments.map((_, index) =>
        requestSegments.slice(0, index + 1).reduce((sum, size) => sum + size, 0),
      );
      for (const cut of cuts.filter((cut) => cut < bytes.length)) {
        if (parseRequest(bytes.subarray(0, cut)) !== undefined)
          throw new Error(`${id}: whole after ${cut} of ${bytes.length} bytes`);
      }
      const parsed = parseRequest(bytes);
      return `${parsed?.method} ${parsed?.headers.get('cseq')} ${parsed?.body.length}`;
    });
    t.match(methods.join(), /^OPTIONS 1 0,DESCRIBE 2 0,SETUP 3 0,SETUP 4 0,SETUP 5 0,ANNOUNCE 6 1\d{3},PLAY 7 0$/, id);
  }
});

t.test('what is refused', async (t) => {
  const refused: [string, RegExp][] = [
    ['GET / HTTP/1.1\r\n\r\n', /not an RTSP request/],
    ['OPTIONS a b RTSP/1.0\r\n\r\n', /not an RTSP request/],
    ['\r\n\r\n', /not an RTSP request/],
    ['PLAY / RTSP/1.0\r\nnothing\r\n\r\n', /no name/],
    ['PLAY / RTSP/1.0\r\nCSeq: 1\r\ncseq: 2\r\n\r\n', /comes twice/],
    ['PLAY / RTSP/1.0\r\nContent-length: -1\r\n\r\n', /not a number/],
    ['PLAY / RTSP/1.0\r\nContent-length: 99999\r\n\r\n', /longer than/],
    ['PLAY / RTSP/1.0\r\n\r\nmore', /follows/],
    [`PLAY / RTSP/1.0\r\n${'a: b\r\n'.repeat(40)}\r\n`, /more than 32 headers/],
    ['x'.repeat(max_request_bytes + 1), /longer than/],
  ];
  for (const [text, message] of refused)
    t.throws(() => parseRequest(Buffer.from(text)), { message }, text.slice(0, 40));
});

t.test('any bytes: a request, not yet, or BadRtsp', async (t) => {
  const line = fc.stringMatching(/^[A-Za-z-]{1,20}: ?[ -~]{0,40}$/);
  const almost = fc
    .tuple(fc.constantFrom('PLAY', 'ANNOUNCE', ''), fc.array(line, { maxLength: 40 }), fc.string({ maxLength: 200 }))
    .map(([method, lines, body]) => Buffer.from(`${method} / RTSP/1.0\r\n${lines.join('\r\n')}\r\n\r\n${body}`));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array)),
    almost,
  );
  fc.assert(
    fc.property(bytes, (input) => {
      try {
        const request = parseRequest(input);
        if (request && request.body.length > input.length) throw new Error('a body out of nowhere');
      } catch (error) {
        if (!(error instanceof BadRtsp)) throw error;
      }
    }),
    { numRuns: 5000, seed: 20261122, interruptAfterTimeLimit: 20_000 },
  );
  t.pass('5000 inputs');
});

t.test('a reply is what the client can parse', async (t) => {
  t.equal(
    buildReply(
      200,
      [
        ['CSeq', '3'],
        ['Session', 'AB;timeout = 90'],
      ],
      'body',
    ).toString(),
    'RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: AB;timeout = 90\r\n\r\nbody',
  );
  t.match(buildReply(454, [['CSeq', '1']]).toString(), /^RTSP\/1\.0 454 Error\r\n/, 'a reason is never empty');
});
