import t from 'tap';
import '../test-limit.ts';
import {
  amount,
  bitRate,
  clock,
  dayOf,
  duration,
  endOfDay,
  fingerprint,
  fromNow,
  milliseconds,
  percent,
} from './format.ts';

t.test('three figures', async (t) => {
  t.same([0.123, 1.234, 12.34, 123.4].map(amount), ['0.12', '1.23', '12.3', '123']);
  t.equal(milliseconds(4210), '4.21 ms');
  t.equal(percent(0.0123), '1.23 %');
  t.same([800, 1000, 20_000].map(bitRate), ['800 kbps', '1 Mbps', '20 Mbps']);
});

t.test('durations', async (t) => {
  t.same([-1, 12.9, 250, 11_100, 90_000].map(duration), ['0 s', '12 s', '4 min 10 s', '3 h 05 min', '1 d 1 h']);
});

t.test('clocks', async (t) => {
  t.same([0, 9, 250, 3725].map(clock), ['0:00', '0:09', '4:10', '1:02:05']);
});

t.test('from now', async (t) => {
  const now = Date.parse('2030-01-10T12:00:00Z');
  t.equal(fromNow('2030-01-10T11:55:00Z', now), '5 minutes ago');
  t.equal(fromNow('2030-01-13T12:00:01Z', now), 'in 3 days');
  t.equal(fromNow('2030-01-10T12:00:00Z', now), 'now');
});

t.test('fingerprints', async (t) => {
  t.equal(fingerprint('00ffa1'), '00:FF:A1');
});

t.test('days are those of this place', async (t) => {
  t.same([dayOf(null), endOfDay('')], ['', null]);
  for (const day of ['2030-01-31', '2031-07-01']) t.equal(dayOf(endOfDay(day)), day);
  t.equal(new Date(endOfDay('2030-01-31') ?? '').getHours(), 23);
});
