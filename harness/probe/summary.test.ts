import t from 'tap';
import '../../src/test-limit.ts';
import { progress, type StreamSummary } from './summary.ts';

t.test('progress is one line of a terminal', async (t) => {
  const video = { frames: 216_000, fps: 59.9, bitrate_kbps: 9876.5, frames_lost: 12, decode_errors: 0 };
  const hour = { video, audio: { packets: 720_000 } } as StreamSummary;
  const line = '216000 frames, 59.9/s, 9877 kbit/s, 12 lost, 0 decode errors, 720000 of sound';
  t.equal(progress(hour), `${line}\n`);
  t.equal(progress(hour, 200), `\x1b[2K\r${line}`);
  t.equal(progress(hour, 80), `\x1b[2K\r${line.slice(0, 79)}`);
  t.equal(progress({} as StreamSummary, 0), '\x1b[2K\r', 'a terminal that does not know its width');
  const minute = { video: { ...video, frames: 3600 }, audio: { packets: 12_000 } } as StreamSummary;
  t.ok(progress(minute).length < 80, 'which most streams fit into');
});
