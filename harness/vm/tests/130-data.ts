import { randomInt } from 'node:crypto';
import { expect } from '../../checks/command.ts';
import type { Context, MachineTest } from '../context.ts';
import { asUser, succeed } from '../machine.ts';

const data_exit_code = 5; // "data directory unusable or damaged"
const dir = '/run/punktfunk-data-test';

export const test: MachineTest = {
  name: 'data of a newer version and a full disk: the host says so and leaves what is there as it was',
  disrupts: 'starts a second host for a moment',
  async run(context) {
    await context.hostUp(60_000);
    const home = await context.succeed(`dirname "$(find ~${context.seat}/ -name identity.json | head -n 1)"`);
    await within(context, '4m', async () => {
      await context.succeed(
        `cp -p ${home}/*.json ${dir}/ && sed -i 's/"version": *1/"version": 99/' ${dir}/identity.json && chown -R ${context.seat} ${dir}`,
      );
      const before = await fingerprint(context);
      const said = await refused(context, 'data of a newer version');
      expect(/newer/i.test(said), `the refusal does not speak of a newer version: ${said}`);
      expect((await fingerprint(context)) === before, 'data of a newer version was touched');
    });
    await within(context, '64k', async () => {
      // Full before the first start: no half of an identity.
      await context.machine.run(`chown ${context.seat} ${dir} && cat /dev/zero > ${dir}/filler`);
      const said = await refused(context, 'a full disk');
      expect(/space|full/i.test(said), `the refusal does not speak of space: ${said}`);
      const left = await context.succeed(`ls -A --ignore=host.lock ${dir}`);
      expect(left === 'filler', `a start on a full disk leaves ${left}`);
    });
    await within(context, '128k', async () => {
      // Full with an identity: it starts, or refuses; what it had is as it was.
      await context.succeed(`cp -p ${home}/*.json ${dir}/ && chown -R ${context.seat} ${dir}`);
      await context.machine.run(`cat /dev/zero > ${dir}/filler`);
      const before = await fingerprint(context);
      await serve(context, 8);
      expect((await fingerprint(context)) === before, 'identity or clients changed on a full disk');
    });
  },
};

/** A small file system of its own for `work`. */
async function within(context: Context, size: string, work: () => Promise<void>): Promise<void> {
  await context.succeed(`mkdir -p ${dir} && mount -t tmpfs -o size=${size},mode=0700 tmpfs ${dir}`);
  try {
    await work();
  } finally {
    await succeed(context.machine, `umount ${dir} && rmdir ${dir}`);
  }
}

const fingerprint = (context: Context) =>
  context.succeed(`cd ${dir} && sha256sum *.json && stat -c '%n %a %U %Y' *.json`);

/** A host on the data in `dir`, ended after `seconds` if it runs. */
async function serve(context: Context, seconds: number): Promise<{ code: number; said: string }> {
  const limit = seconds * context.machine.patience;
  const words = `serve --data-dir ${dir} --base-port ${randomInt(50_000, 60_000)} --bind 127.0.0.1 --display synthetic --json`;
  const { code, stdout, stderr } = await context.machine.run(
    asUser(context.seat, `exec timeout ${limit} punktfunk-host ${words}`),
  );
  return { code, said: `${stdout}${stderr}`.trim() };
}

async function refused(context: Context, what: string): Promise<string> {
  const { code, said } = await serve(context, 20);
  expect(code === data_exit_code, `with ${what} the host ended with ${code}, not ${data_exit_code}: ${said}`);
  return said;
}
