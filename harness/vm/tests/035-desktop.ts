import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, until } from '../../checks/command.ts';
import type { StreamHandle } from '../../probe/stream.ts';
import type { Context, MachineTest } from '../context.ts';
import { receive } from '../stream.ts';

const [width, height] = [640, 360];
const session = 'punktfunk-session.service';
const console_file = '/etc/vconsole.conf';
/** Read first (src/display/keyboard-layout.ts); the stand-in has none. */
const debian_file = '/etc/default/keyboard';
const kept_file = '/run/punktfunk-vconsole.conf';

export const test: MachineTest = {
  name: "the seat's desktop has buttons and a terminal, and types with the machine's keyboard",
  only: { when: (machine) => machine.throw_away, needs: 'it changes the keyboard of the machine' },
  async run(context) {
    await context.hostUp(60_000);
    await context.succeed(
      `rm -f ~${context.seat}/[yz]; [ ! -e ${console_file} ] || cp -a ${console_file} ${kept_file}; echo KEYMAP=de >${console_file}`,
    );
    try {
      await context.asSeat(`systemctl --user restart ${session}`);
      await greeted(context);
      await look(context);
    } finally {
      await context.succeed(
        `rm ${console_file}; [ ! -e ${kept_file} ] || mv ${kept_file} ${console_file}; rm -f ~${context.seat}/[yz]`,
      );
      await context.asSeat(`systemctl --user restart ${session}`);
    }
  },
  controls: [
    {
      what: 'another keyboard',
      spoil: async (context) => void (await context.succeed(`echo XKBLAYOUT=us >${debian_file}`)),
      mend: async (context) => void (await context.succeed(`rm ${debian_file}`)),
    },
  ],
};

/** The shell that the greeting ends in. */
async function greeted(context: Context): Promise<void> {
  await until("the greeting's shell", context.within(60_000), async () => {
    const { code } = await context.machine.run(
      `for p in $(pgrep -u ${context.seat} -x foot); do pgrep -P "$p" -x bash && exit; done; exit 1`,
    );
    return code === 0 || undefined;
  });
}

async function look(context: Context): Promise<void> {
  const snapshot = join(process.env.PUNKTFUNK_KEEP_PICTURES ?? context.probe_dir, 'seat.ppm');
  rmSync(snapshot, { force: true });
  const type = async (stream: StreamHandle) => {
    // "touch y" by the positions of a US keyboard: a German one makes a "z" of the last.
    for (const key of ['T', 'O', 'U', 'C', 'H', ' ', 'Y', '\r'])
      for (const down of [true, false]) stream.sendInput({ kind: 'key', virtual_key: key.charCodeAt(0), down });
    const typed = await until('a file that the typed command makes', context.within(30_000), async () => {
      const { stdout } = await context.machine.run(`cd ~${context.seat} && ls -d [yz] 2>/dev/null`);
      return stdout.trim() || undefined;
    });
    expect(typed === 'z', `with a German keyboard the key right of T types "${typed}", not "z"`);
  };
  await receive(context, { width, height, fps: 30, snapshot, snapshot_picture: 30 }, 30, 120_000, type);
  const picture = readPixels(snapshot);
  // src/display/embedded-config.ts: the terminal and the bar, the buttons on it, the window's title.
  for (const [what, colour, least] of [
    ['the terminal and the bar', 0x14_20_2a, 0.3],
    ['the buttons', 0x2f_45_54, 0.0008],
  ] as const) {
    const share = shareOf(picture, colour);
    context.figure(`${what} cover`, share * 100, '% of the picture');
    expect(share >= least, `${what} cover ${(share * 100).toFixed(2)} % of the picture, not ${least * 100} %`);
  }
}

/** Of a PPM file (P6, 8 bits): its bytes after the header, three a pixel. */
function readPixels(path: string): Buffer {
  const bytes = readFileSync(path);
  return bytes.subarray(bytes.length - width * height * 3);
}

/** Encoded and decoded, a colour is near to what it was. */
function shareOf(pixels: Buffer, colour: number): number {
  const near = 8;
  const wanted = [colour >> 16, (colour >> 8) & 255, colour & 255];
  let count = 0;
  for (let at = 0; at + 2 < pixels.length; at += 3)
    if (wanted.every((value, part) => Math.abs((pixels[at + part] ?? 0) - value) <= near)) count += 1;
  return count / (pixels.length / 3);
}
