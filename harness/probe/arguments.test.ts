import t from 'tap';
import { readArguments } from './arguments.ts';

t.test('what stream takes, and its defaults', async (t) => {
  const plain = readArguments(['stream', 'box']);
  t.match(plain, { verb: 'stream', host: 'box', port: 47989, duration_s: 10, json: false });
  t.match(plain?.stream, {
    width: 1280,
    height: 720,
    fps: 60,
    packet_size: 1392,
    encryption: 'audio',
    encrypted_rtsp: true,
  });
  t.match(readArguments(['list', 'box:50000']), { host: 'box', port: 50000 });
  const words =
    '--width 1920 --height 1080 --loss-percent 2.5 --burst 4 --packet-size 1024 --encryption all --plain-rtsp';
  t.match(readArguments(['stream', 'box', ...words.split(' ')])?.stream, {
    width: 1920,
    loss: { percent: 2.5, burst: 4, seed: 1 },
    packet_size: 1024,
    encryption: 'all',
    encrypted_rtsp: false,
  });
  t.equal(readArguments(['--help']), undefined);
});

t.test('what is wrong is named', async (t) => {
  const wrong: [words: string, message: RegExp][] = [
    ['', /first word/],
    ['fly box', /pair, list, stream, quit/],
    ['list', /one host/],
    ['list a b', /one host/],
    ['list box --port 70000', /--port is a whole number from 1 to 65535/],
    ['list box:70000', /--port|port/],
    ['stream box --packet-size 1000', /multiple of 16/],
    ['stream box --fps 0', /--fps/],
    ['stream box --fps 6x', /--fps/],
    ['stream box --encryption some', /none, audio, all/],
    ['stream box --channels 3', /2, 6, 8/],
    ['pair box --pin 12', /four digits/],
    ['stream box --speed 3', /--speed/],
  ];
  for (const [words, message] of wrong) {
    t.throws(() => readArguments(words === '' ? [] : words.split(' ')), { kind: 'usage', message }, words);
  }
});
