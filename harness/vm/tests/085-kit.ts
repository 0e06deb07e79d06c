import { expect } from '../../checks/command.ts';
import type { MachineTest } from '../context.ts';

interface Measured {
  cases: { series: { name: string; summary: { count: number; p50: number } }[] }[];
}
const client = '/usr/lib/punktfunk/build/native/lib/punktfunk_client.node';

export const test: MachineTest = {
  name: 'the measuring kit is in the image, and measures a picture from its painting on',
  async run(context) {
    const words = 'latency --seconds 2 --input-seconds 0 --width 640 --height 360 --fps 30 --json';
    const { cases } = JSON.parse(await context.asSeat(`punktfunk-harness ${words}`)) as Measured;
    const whole = cases.flatMap(({ series }) => series).find(({ name }) => name === 'painted to decoded');
    expect(
      whole !== undefined && whole.summary.count > 1,
      `nothing is told of it: ${JSON.stringify(cases).slice(0, 500)}`,
    );
    context.figure('painted to decoded', whole?.summary.p50 ?? 0, 'ms');
  },
  controls: [
    {
      what: 'a probe that is gone',
      spoil: async (context) => void (await context.succeed(`mount --bind /dev/null ${client}`)),
      mend: async (context) => void (await context.succeed(`umount ${client}`)),
    },
  ],
};
