import t from 'tap';
import '../../../test-limit.ts';
import { type LogEntry, most_lines, nothing_held, withLatest, withLine } from './lines.ts';

const line = (number: number): LogEntry => ({
  id: `aaaaaaaa-${number}`,
  time: new Date(Date.UTC(2026) + number).toISOString(),
  level: 'info',
  event: '',
  message: `line ${number}`,
  details: {},
});
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => line(from + index));

const told = (...all: LogEntry[]) => all.reduce(withLine, nothing_held);

t.test('what comes a second time after a cut is shown once', async (t) => {
  t.same(told(...lines(0, 5), ...lines(3, 8)), { lines: lines(0, 8), cut: false });
});

t.test('the latest of the host stand where they were written', async (t) => {
  const held = withLatest(told(...lines(0, 3), ...lines(6, 8)), lines(2, 7));
  t.same(held, { lines: lines(0, 8), cut: false }, 'after a cut, while lines came');
  t.same(withLatest(held, lines(0, 8)), held);
});

t.test('the oldest go when there are too many, and that is told', async (t) => {
  const full = withLatest(nothing_held, lines(0, most_lines));
  t.equal(full.cut, false);
  const held = withLine(full, line(most_lines));
  t.equal(held.lines.length, most_lines);
  t.equal(held.lines[0]?.message, 'line 1');
  t.equal(held.lines.at(-1)?.message, `line ${most_lines}`);
  t.ok(held.cut);
  t.ok(withLine(held, line(most_lines + 1)).cut, 'it stays told');
  t.ok(withLatest(held, lines(1, most_lines + 2)).cut);
});
