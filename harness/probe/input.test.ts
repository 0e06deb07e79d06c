// The inputs of a recorded session: what the stock client sent, from the same scripts.
import { readFileSync } from 'node:fs';
import t from 'tap';
import { encodeInput, type InputEvent, parseScript } from './input.ts';

interface Recorded {
  inputs: {
    script: string | null;
    kind: string;
    messages: { inputHex: string; channel: number; delivery: string }[];
  }[];
}

const { inputs }: Recorded = JSON.parse(readFileSync(new URL('testdata/input.json', import.meta.url), 'utf8'));
const spoken = /^(key|text|move|pos|button|scroll|hscroll|arrive|pad|ptouch|motion|battery) /;

t.test('keys, text, mouse, scrolls and gamepads give the recorded bytes on the recorded channels', async (t) => {
  let compared = 0;
  for (const input of inputs) {
    if (input.script === null || !spoken.test(input.script)) continue;
    const packets = (parseScript(input.script) as InputEvent[]).flatMap(encodeInput);
    t.same(
      packets.map((packet) => ({
        inputHex: packet.bytes.toString('hex'),
        channel: packet.channel,
        delivery: packet.reliable ? 'reliable' : 'unreliable',
      })),
      input.messages,
      input.script,
    );
    compared += packets.length;
  }
  t.equal(compared, 89);
});

t.test('what a stock client sends by itself at the start', async (t) => {
  const events: InputEvent[] = [{ kind: 'haptics' }, { kind: 'move', dx: 1, dy: 1 }, { kind: 'move', dx: -1, dy: -1 }];
  t.same(
    events.flatMap(encodeInput).map((packet) => packet.bytes.toString('hex')),
    inputs[0]?.messages.map((message) => message.inputHex),
  );
});

t.test('scripts: comments, waits, short forms, and errors with their line', async (t) => {
  t.same(parseScript('# nothing\n\nwait 20\nclick 1\ntap 0x41 1\ntext  two words\n'), [
    { kind: 'wait', ms: 20 },
    { kind: 'button', button: 1, down: true },
    { kind: 'button', button: 1, down: false },
    { kind: 'key', virtual_key: 0x41, down: true, modifiers: 1 },
    { kind: 'key', virtual_key: 0x41, down: false, modifiers: 1 },
    { kind: 'text', text: ' two words' },
  ]);
  t.throws(() => parseScript('wait 1\njump'), { kind: 'usage', message: /line 2, "jump"/ });
  t.throws(() => parseScript('move 1'), { message: /2 whole numbers/ });
  t.throws(() => parseScript('move 1 x'), { message: /2 whole numbers/ });
  t.throws(() => parseScript('arrive 16 1 1 0 0'), { message: /0 to 15/ });
  t.throws(() => parseScript('pad 0 1'), { message: /3 to 9 whole numbers/ });
  t.throws(() => parseScript('motion 0 1 x 0 0'), { message: /5 numbers/ });
  t.throws(() => encodeInput({ kind: 'move', dx: 40000, dy: 0 }), /16 bits/);
});
