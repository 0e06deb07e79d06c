import { type MachineTest, userUnit } from '../context.ts';
import { receiveWhole } from '../stream.ts';

const engine = '/usr/lib/punktfunk/build/native/lib/punktfunk_engine.node';

export const test: MachineTest = {
  name: 'pairs over the command line, then a stream comes out of the machine, whole',
  async run(context) {
    await context.hostUp(60_000);
    await receiveWhole(context, '320x240 stream', {}, 90, 120_000);
  },
  controls: [
    {
      what: 'an engine that cannot be loaded',
      // The spare engine has loaded what was there.
      async spoil(context) {
        await context.succeed(`mount --bind /dev/null ${engine}`);
        await userUnit(context, 'restart');
      },
      async mend(context) {
        await context.succeed(`umount ${engine}`);
        await userUnit(context, 'restart');
      },
    },
  ],
};
