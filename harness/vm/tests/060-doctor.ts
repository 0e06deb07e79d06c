import { expect } from '../../checks/command.ts';
import type { MachineTest } from '../context.ts';

interface Report {
  complete: boolean;
  checks: { name: string; state: string; detail: string; cure: string }[];
}

// The engine's library that every stream with sound needs; the loader's own cache says where it is.
const library = "$(ldconfig -p | sed -n 's/.*libopus\\.so\\.0.* => //p' | head -n 1)";

export const test: MachineTest = {
  name: 'the doctor finds the machine complete',
  async run(context) {
    await context.hostUp(60_000);
    const { stdout, stderr } = await context.host('doctor --json');
    expect(stdout.startsWith('{"complete"'), `the doctor did not answer: ${stdout}${stderr}`);
    const { complete, checks } = JSON.parse(stdout) as Report;
    const missing = checks.filter((check) => check.state === 'missing');
    expect(
      complete && missing.length === 0,
      missing.map(({ name, detail, cure }) => `${name}: ${detail} (${cure})`).join('\n'),
    );
    expect(checks.length >= 5, `only ${checks.length} checks were made`);
  },
  controls: [
    {
      what: 'a missing library',
      spoil: async (context) => void (await context.succeed(`mount --bind /dev/null ${library}`)),
      mend: async (context) => void (await context.succeed(`umount ${library}`)),
    },
  ],
};
