// A picture's way, of times that are known: what the host says and what the client saw are put together by the frame's number.

import t from 'tap';
import type { FrameTimes } from '../../src/contract/statistics.ts';
import '../../src/test-limit.ts';
import { CaseRecord } from '../kit/run.ts';
import { random } from '../kit/statistics.ts';
import type { NativePicture } from '../probe/native.ts';
import { chainOf } from '../report/stages.ts';
import { addStages, firstSights } from './stages.ts';

/** Of whole microseconds, as the host counts. */
const next = random(1);
const some_us = (): number => Math.floor(next() * 5000);

/** Each 16 ms one, of which the host's stages and the network's take some time. */
function picture(number: number): { seen: NativePicture; told: FrameTimes } {
  const painted_us = number * 16_000;
  const [capture_us, convert_us, wait_us, encode_us, protect_us, send_us] = Array.from({ length: 6 }, some_us) as [
    ...[number, number, number, number, number, number],
  ];
  const sent_at_us = painted_us + some_us() + capture_us + convert_us + wait_us + encode_us + protect_us + send_us;
  const received_us = sent_at_us + some_us();
  const whole_us = received_us + some_us();
  return {
    told: {
      ...{ frame: number, sent_at_us, capture_us, convert_us, wait_us, encode_us, protect_us, send_us },
      ...{ bytes: 1000, idr: false },
    },
    seen: {
      ...{ frame: number, host_latency_tenths_ms: 21, received_ns: received_us * 1000, whole_ns: whole_us * 1000 },
      ...{ decoded_ns: (whole_us + some_us()) * 1000, beacon: { number, painted_ns: painted_us * 1000 } },
    },
  };
}

const all = Array.from({ length: 50 }, (_, i) => picture(i + 1));
const pictures = all.map(({ seen }) => seen);
const toOurs = (ns: number): number => ns;

function measured(frames: readonly FrameTimes[], seen: readonly NativePicture[] = pictures) {
  const into = new CaseRecord('', 1);
  addStages(into, { pictures: seen, frames, toOurs, clock_error_ms: 0 });
  return { series: into.series, of: (name: string) => into.series.find((one) => one.name === name)?.values ?? [] };
}

t.test('the stages of each picture add up to its whole way, to the microsecond', async (t) => {
  const frames = all.map(({ told }) => told).toReversed();
  const { series, of } = measured(frames);
  const stages = chainOf(series);
  t.equal(stages.length, 10);
  const [whole, to_received] = [of('painted to decoded'), of('painted to received')];
  t.equal(whole.length, pictures.length);
  for (const [i, way] of whole.entries()) {
    const sum = stages.reduce((so_far, { values }) => so_far + (values[i] ?? Number.NaN), 0);
    t.ok(Math.abs(sum - way) < 1e-3, `${i}: stages are ${sum} ms, the whole is ${way} ms`);
  }
  t.ok(of('encoded to received').every((ms, i) => ms > 0 && ms < (to_received[i] ?? 0)));
  for (const [i, { told }] of all.entries()) {
    t.ok(Math.abs((of('encode')[i] ?? 0) - told.encode_us / 1000) < 1e-3, 'of the same picture, in the order of time');
  }
});

t.test('a picture that the host did not tell of has the stages that the client saw', async (t) => {
  const { of } = measured(all.slice(0, 20).map(({ told }) => told));
  t.equal(of('encode').length, 20);
  t.equal(of('decode').length, 50);
  t.same(of('in the host, as it says'), []);
  const black_box = measured([]);
  t.same(new Set(black_box.of('in the host, as it says')), new Set([2.1]));
  t.same(black_box.of('encode'), []);
});

t.test('what shows a number again is no sight of its painting', async (t) => {
  const [first, second] = pictures as [NativePicture, NativePicture];
  const again = { ...second, frame: 77, decoded_ns: second.decoded_ns + 9e9 };
  const { beacon: _, ...dark } = second;
  t.same(
    firstSights([first, second, again, { ...first, frame: 78 }, dark]).map(({ picture: { frame } }) => frame),
    [1, 2],
  );
});
