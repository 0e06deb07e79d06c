import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { PunktfunkError } from '../errors.ts';
import { type PairingDesk, PinPrompt } from './pin-prompt.ts';

/** A terminal whose person types, and a desk that keeps what it is given. */
function scene({ foreground = true } = {}) {
  let in_foreground = foreground;
  const input = new PassThrough();
  let shown = '';
  const waiting: { address: string }[] = [];
  const calls: string[] = [];
  let answer = (_pin: string): Promise<unknown> => Promise.resolve();
  const done = new PassThrough({ objectMode: true });
  const desk: PairingDesk = {
    waiting: () => waiting,
    async pair({ pin, address }) {
      calls.push(`${address} ${pin}`);
      done.write(calls.length);
      return answer(pin);
    },
    refuse(address) {
      calls.push(`${address} refused`);
      done.write(calls.length);
    },
  };
  const prompt = new PinPrompt({
    input,
    output: {
      write(text) {
        shown += text;
      },
    },
    pair_command: 'punktfunk-host pair PIN --data-dir /srv/d',
    inForeground: () => in_foreground,
  });
  return {
    prompt,
    desk,
    calls,
    shown: () => shown,
    asks: (address: string) => {
      waiting.push({ address });
      prompt.hear({ type: 'pairing', step: 'waiting', address }, desk);
      return prompt.asks;
    },
    ends: (address: string) => {
      waiting.splice(
        waiting.findIndex((one) => one.address === address),
        1,
      );
      prompt.hear({ type: 'pairing', step: 'failed', address, reason: 'x' }, desk);
    },
    /** Resolves once the line was acted upon. */
    type: async (line: string) => {
      const acted = new Promise((resolve) => done.once('data', resolve));
      input.write(`${line}\n`);
      await acted;
    },
    input,
    move: (to_foreground: boolean) => {
      in_foreground = to_foreground;
      prompt.moved();
    },
    refuseWith: (error: Error) => {
      answer = () => Promise.reject(error);
    },
  };
}

t.test('asks in the terminal, takes four digits', async (t) => {
  const s = scene();
  t.equal(s.asks('192.168.1.20'), true, 'nobody need be told what to type elsewhere');
  t.match(s.shown(), /^192\.168\.1\.20 asks to pair\. PIN \(Enter refuses\): $/);
  s.input.write('12\n');
  await s.type(' 1234 ');
  t.same(s.calls, ['192.168.1.20 1234']);
  t.match(s.shown(), /A PIN has four digits\./);
  s.prompt.close();
});

t.test('Enter refuses', async (t) => {
  const s = scene();
  s.asks('a');
  await s.type('');
  t.same(s.calls, ['a refused']);
  s.prompt.close();
});

t.test('one after the other; who gave up is asked for no more', async (t) => {
  const s = scene();
  s.asks('a');
  t.equal(s.asks('b'), true);
  t.notMatch(s.shown(), /b asks/);
  s.ends('a');
  t.match(s.shown(), /\nb asks to pair/);
  await s.type('4321');
  t.same(s.calls, ['b 4321']);
  s.ends('b');
  s.input.write('9999\n');
  s.asks('c');
  await s.type('1111');
  t.same(s.calls.at(-1), 'c 1111');
  s.prompt.close();
});

t.test('a PIN that is not taken yet is asked for again, with the reason', async (t) => {
  const s = scene();
  s.refuseWith(new PunktfunkError('NO_CLIENT_WAITING'));
  s.asks('a');
  await s.type('1234');
  await new Promise((resolve) => setImmediate(resolve));
  t.match(s.shown(), /No client is asking to pair[\s\S]*a asks to pair/);
  s.prompt.close();
});

t.test('a host in the background leaves its terminal alone', async (t) => {
  const s = scene({ foreground: false });
  t.equal(s.asks('a'), false);
  t.equal(s.shown(), '');
  t.equal(s.input.listenerCount('data') + s.input.listenerCount('readable'), 0, 'nothing is read');
});

t.test('moved to the background the host reads its terminal no more; brought back it asks again', async (t) => {
  const s = scene();
  s.asks('a');
  s.move(false);
  t.match(s.shown(), /given in another terminal: punktfunk-host pair PIN --data-dir \/srv\/d\n$/);
  t.equal(s.input.isPaused(), true, 'nothing is read');
  t.equal(s.asks('b'), false, 'whoever asks now is told of in the log');
  s.move(true);
  t.match(s.shown(), /a asks to pair\. PIN \(Enter refuses\): $/);
  await s.type('1234');
  t.same(s.calls, ['a 1234']);
  s.prompt.close();
});

t.test('a terminal at its end (Ctrl-D) asks nobody any more', async (t) => {
  const s = scene();
  s.asks('a');
  s.input.end();
  await once(s.input, 'end');
  t.match(s.shown(), /given in another terminal: punktfunk-host pair PIN/);
  s.ends('a');
  t.equal(s.asks('b'), false, 'whoever asks now is told of in the log');
  t.notMatch(s.shown(), /b asks/);
});
