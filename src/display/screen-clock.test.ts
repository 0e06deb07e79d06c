// What a compositor is told that shows its output on our screen, without either.

import fc from 'fast-check';
import t from 'tap';
import { ScreenClock } from './screen-clock.ts';
import { MessageReader, message, text, u32, word } from './wayland-wire.ts';
import '../test-limit.ts';

const ms = 1e6;
const [display, registry, compositor, presentation, surface, shm, pool, buffer, window_manager] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9,
];

/** A compositor that has come as far as its first picture. */
function compositorAt(refresh_mhz: number) {
  const reader = new MessageReader();
  const told: { object: number; opcode: number; body: Buffer }[] = [];
  const clock = new ScreenClock((bytes) => told.push(...reader.push(Buffer.from(bytes))), refresh_mhz);
  const ask = (now_ns: number, object: number, opcode: number, ...parts: Buffer[]) =>
    clock.receive(message(object, opcode, ...parts), now_ns);
  const bind = (name: number, named: string, id: number) =>
    ask(0, registry, 0, word(name), text(named), word(1), word(id));
  ask(0, display, 1, word(registry));
  bind(0, 'wl_compositor', compositor);
  bind(1, 'wl_shm', shm);
  bind(2, 'xdg_wm_base', window_manager);
  bind(3, 'wp_presentation', presentation);
  ask(0, compositor, 0, word(surface));
  ask(0, shm, 0, word(pool), word(4096));
  ask(0, pool, 0, word(buffer), word(0), word(32), word(32), word(128), word(0));
  let next_id = 100;
  /** Shows a picture at this time; the objects that wait for it. */
  const show = (now_ns: number, of = surface) => {
    const [feedback, frame] = [next_id++, next_id++];
    ask(now_ns, of, 1, word(buffer), word(0), word(0));
    ask(now_ns, presentation, 1, word(of), word(feedback));
    ask(now_ns, of, 3, word(frame));
    ask(now_ns, of, 6);
    return { feedback, frame };
  };
  return { clock, ask, show, told: () => told.splice(0) };
}

t.test('what it offers is what wlroots asks for', (t) => {
  const { told } = compositorAt(60_000);
  const globals = told().filter(({ object, opcode }) => object === registry && opcode === 0);
  const names = globals.map(({ body }) => body.toString('utf8', 8, 8 + u32(body, 4) - 1));
  t.same(names, ['wl_compositor', 'wl_shm', 'xdg_wm_base', 'wp_presentation']);
  t.end();
});

t.test('a picture is shown at the tick after it, an interval after the one before, however late each comes', (t) => {
  for (const refresh_mhz of [30_000, 59_940, 60_000, 90_000, 120_000]) {
    const interval_ns = 1e12 / refresh_mhz;
    const { clock, show } = compositorAt(refresh_mhz);
    const begin_ns = 1000 * ms;
    for (let n = 0; n < 600; n++) {
      const due_ns = begin_ns + n * interval_ns;
      show(n === 0 ? begin_ns : due_ns - ((n * 7) % 10) * 0.1 * interval_ns);
      t.ok(Math.abs((clock.due_ns ?? 0) - due_ns) < ms / 100, `${n} at ${refresh_mhz}`);
      clock.tick();
    }
  }
  t.end();
});

t.test('after stillness a picture is shown at once, and the rhythm begins there', (t) => {
  const { clock, show } = compositorAt(60_000);
  show(1000 * ms);
  t.equal(clock.due_ns, 1000 * ms);
  clock.tick();
  t.equal(clock.due_ns, undefined, 'nothing is owed to a desktop that shows nothing');
  show(5000 * ms);
  t.equal(clock.due_ns, 5000 * ms);
  t.end();
});

t.test('at the tick it says when that was, how long an interval is, and that the next may come', (t) => {
  const { clock, show, told } = compositorAt(50_000);
  told();
  const { feedback, frame } = show(1_500_000_123);
  t.same(
    told().map(({ object, opcode }) => [object, opcode]),
    [[buffer, 0]],
    'the buffer is given back unseen',
  );
  clock.tick();
  const [presented, , done] = told();
  t.equal(presented?.object, feedback);
  const values = Array.from({ length: 7 }, (_, index) => u32(presented?.body ?? Buffer.alloc(0), index * 4));
  t.same(values, [0, 1, 500_000_123, 20 * ms, 0, 1, 1]);
  t.equal(done?.object, frame, 'after it: who asks for a picture knows when it will be shown');
  clock.tick();
  t.equal(told().length, 0, 'once');
  t.end();
});

t.test('a window may show pictures once it was told so, and again after it was taken away', (t) => {
  const { ask, told } = compositorAt(60_000);
  const [window_surface, window, toplevel, cursor] = [20, 21, 22, 23];
  ask(0, compositor, 0, word(window_surface));
  ask(0, compositor, 0, word(cursor));
  ask(0, window_manager, 2, word(window), word(window_surface));
  ask(0, window, 1, word(toplevel));
  told();
  const commit = (surface: number, ...attached: number[]) => {
    for (const buffer of attached) ask(0, surface, 1, word(buffer), word(0), word(0));
    ask(0, surface, 6);
    return told().some(({ object, opcode }) => object === window && opcode === 0);
  };
  t.notOk(commit(cursor, buffer), 'a cursor is no window');
  for (const round of ['at first', 'switched on again', 'and again']) {
    t.ok(commit(window_surface), `${round}: who waits for it is told`);
    t.notOk(commit(window_surface), 'once');
    t.notOk(commit(window_surface, buffer), 'shows');
    t.notOk(commit(window_surface), 'goes on showing');
    t.notOk(commit(cursor, 0), 'is not the cursor');
    t.notOk(commit(window_surface, 0), 'switched off');
  }
  t.end();
});

t.test(
  'with the first picture of a window, and of one that came back, no interval is told: the next is not composed late',
  (t) => {
    const { ask, clock, show, told } = compositorAt(50_000);
    const [window_surface, window] = [20, 21];
    ask(0, compositor, 0, word(window_surface));
    ask(0, window_manager, 2, word(window), word(window_surface));
    const intervalWith = (now_ns: number, of?: number) => {
      const { feedback } = show(now_ns, of);
      told();
      clock.tick();
      return u32(told().find(({ object }) => object === feedback)?.body ?? Buffer.alloc(0), 12);
    };
    for (const begin_ns of [1000 * ms, 2000 * ms, 2001 * ms]) {
      ask(begin_ns, window_surface, 6);
      t.equal(intervalWith(begin_ns, window_surface), 0);
      for (const after_ms of [20, 40]) t.equal(intervalWith(begin_ns + after_ms * ms, window_surface), 20 * ms);
      t.equal(intervalWith(begin_ns + 60 * ms), 20 * ms, 'a cursor is no window');
      ask(begin_ns + 80 * ms, window_surface, 1, word(0), word(0), word(0));
      ask(begin_ns + 80 * ms, window_surface, 6);
    }
    t.end();
  },
);

t.test('another rate holds from the next picture on', (t) => {
  const { clock, show } = compositorAt(60_000);
  show(1000 * ms);
  clock.tick();
  clock.setRate(100_000);
  show(1001 * ms);
  t.equal(clock.due_ns, 1010 * ms);
  t.end();
});

t.test('what is no compositor is refused', (t) => {
  for (const bytes of [
    message(77, 0),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    message(display, 1),
    message(display, 0),
  ]) {
    const clock = new ScreenClock(() => {}, 60_000);
    t.throws(() => clock.receive(bytes, 0), Error);
  }
  t.throws(() => compositorAt(60_000).ask(0, registry, 0, word(9), text('wl_seat'), word(1), word(50)), /no global/);
  const many: [string, (ask: ReturnType<typeof compositorAt>['ask'], id: number) => void][] = [
    ['objects', (ask, id) => ask(0, compositor, 1, word(id))],
    ['frames', (ask) => ask(0, surface, 3, word(100))],
    ['windows', (ask, id) => ask(0, window_manager, 2, word(100), word(id))],
    ['feedbacks', (ask) => ask(0, presentation, 1, word(surface), word(100))],
  ];
  for (const [what, one] of many) {
    const { ask } = compositorAt(60_000);
    t.throws(
      () => {
        for (let id = 200; id < 20_000; id++) one(ask, id);
      },
      /too many/,
      what,
    );
  }
  t.end();
});

t.test('whatever bytes come in whatever pieces, it takes them or refuses them, and ticks', (t) => {
  const word32 = fc.oneof(fc.nat(12), fc.integer({ min: 0, max: 0xffff_ffff }));
  const request = fc
    .tuple(fc.oneof(fc.nat(12), word32), fc.nat(8), fc.array(word32, { maxLength: 8 }))
    .map(([object, opcode, words]) => message(object, opcode, ...words.map(word)));
  const bytes = fc.array(fc.oneof({ weight: 9, arbitrary: request }, fc.uint8Array({ maxLength: 40 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 50 }), (parts, piece) => {
      const { clock, told } = compositorAt(60_000);
      const all = Buffer.concat(parts);
      try {
        for (let at = 0; at < all.length; at += piece) {
          clock.receive(Buffer.from(all.subarray(at, at + piece)), at * ms);
          clock.tick();
          if (clock.due_ns !== undefined) return false;
        }
      } catch (error) {
        if (!(error instanceof Error)) return false;
      }
      told(); // throws when it says what is no Wayland
      return true;
    }),
    { numRuns: 1000 },
  );
  t.pass('1000 streams');
  t.end();
});
