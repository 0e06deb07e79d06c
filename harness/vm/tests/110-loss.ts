import type { MachineTest } from '../context.ts';
import { expect, Skip } from '../machine.ts';
import { receive } from '../stream.ts';

const loss_percent = 1;
const pictures = 240;

export const test: MachineTest = {
  name: `a stream survives ${loss_percent} % loss on the machine's link`,
  disrupts: 'makes its network lose packets for a while',
  async run(context) {
    const device = await context.succeed(
      `ip -o -4 address | awk '$4 ~ "^${context.machine.address}/" {print $2; exit}'`,
    );
    expect(device !== '', `no interface has ${context.machine.address}`);
    await context.hostUp(60_000);
    const set = await context.machine.run(`tc qdisc replace dev ${device} root netem loss ${loss_percent}%`);
    if (set.code !== 0) throw new Skip(`tc cannot lose packets here: ${set.stderr.trim()}`);
    try {
      const { video } = await receive(context, {}, pictures, 120_000);
      const dropped = Number(/dropped (\d+)/.exec(await context.succeed(`tc -s qdisc show dev ${device}`))?.[1] ?? 0);
      expect(dropped > 0, 'the link lost nothing');
      expect(video !== null, 'no picture came');
      context.figure('packets that the link lost', dropped, '');
      context.figure('frames repaired', video.frames_repaired, '');
      context.figure('frames lost', video.frames_lost, `of ${video.frames + video.frames_lost}`);
      expect(video.decode_errors === 0, `${video.decode_errors} frames could not be decoded`);
      expect(video.frames_repaired + video.frames_lost > 0, 'no loss reached the picture');
      expect(video.frames_lost * 20 <= video.frames, `${video.frames_lost} of ${video.frames} frames are missing`);
    } finally {
      await context.succeed(`tc qdisc del dev ${device} root`);
    }
  },
};
