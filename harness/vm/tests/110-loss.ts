import { expect, Skip } from '../../checks/command.ts';
import type { Context, MachineTest } from '../context.ts';
import { receive } from '../stream.ts';

export const test: MachineTest = {
  name: "a stream survives 1 % loss on the machine's link, and 5 % by its parity",
  disrupts: 'makes its network lose packets for a while',
  async run(context) {
    const { address } = context.machine;
    const device = await context.succeed(`ip -o -4 address | awk '$4 ~ "^${address}/" {print $2; exit}'`);
    expect(device !== '', `no interface has ${address}`);
    await context.hostUp(60_000);
    await stream(context, device, 1, 120);
    const repaired = await stream(context, device, 5, 200);
    // One shard of data in twenty is lost: that none of these frames needed its parity is less likely than a broken test.
    expect(repaired > 0, 'no frame was repaired: parity did nothing');
  },
};

/** Receives `pictures` over a link that loses; returns how many frames were repaired. */
async function stream(context: Context, device: string, loss_percent: number, pictures: number): Promise<number> {
  // A token bucket first, for what it does with a run of datagrams that the kernel sends as one (UDP GSO): it takes them apart. netem alone
  // would lose whole frames, parity included, as no real network does.
  const set = await context.machine.run(
    `tc qdisc replace dev ${device} root handle 1: tbf rate 200mbit burst 1600 limit 1mb && \
     tc qdisc replace dev ${device} parent 1:1 handle 10: netem loss ${loss_percent}% limit 10000`,
  );
  try {
    if (set.code !== 0) throw new Skip(`tc cannot lose packets here: ${set.stderr.trim()}`);
    const { video } = await receive(context, {}, pictures, 120_000);
    const told = await context.succeed(`tc -s qdisc show dev ${device}`);
    const dropped = Number(/netem[\s\S]*?dropped (\d+)/.exec(told)?.[1] ?? 0);
    const what = `${loss_percent} % loss`;
    expect(dropped > 0, `${what}: the link lost nothing`);
    expect(video !== null, `${what}: no picture came`);
    context.figure(`${what}: packets lost`, dropped, '');
    context.figure(`${what}: frames repaired`, video.frames_repaired, '');
    context.figure(`${what}: frames lost`, video.frames_lost, `of ${video.frames + video.frames_lost}`);
    expect(video.decode_errors === 0, `${what}: ${video.decode_errors} frames could not be decoded`);
    expect(
      video.frames_lost * 50 <= video.frames,
      `${what}: ${video.frames_lost} of ${video.frames} frames are missing`,
    );
    return video.frames_repaired;
  } finally {
    await context.machine.run(`tc qdisc del dev ${device} root`);
  }
}
