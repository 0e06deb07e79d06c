import t from 'tap';
import { parseFleet } from './config.ts';
import { rollOut } from './rollout.ts';
import { fleet, old_digest, wanted_digest } from './test-fleet.ts';
import { type Faults, TestMachine, testWorld } from './test-machine.ts';
import { limits } from './update.ts';

const { image, digest, machines } = parseFleet(fleet);
const other_digest = `sha256:${'2'.repeat(64)}`;
const switching = `sudo -n bootc switch ${image}@${digest}`;
const old = 'sha256:000000000000';
const wanted = 'sha256:111111111111';

/** Rolls out over two machines, the first of which has the faults; both start on `booted`. */
async function roll(faults: Faults, booted = old_digest) {
  const sofa = new TestMachine(booted, faults);
  const desk = new TestMachine(booted);
  const world = testWorld({ sofa, desk });
  return { sofa, desk, world, rollout: await rollOut(machines, image, digest, world) };
}

t.test('machines are updated one after the other and end on the wanted digest', async (t) => {
  const { sofa, desk, world, rollout } = await roll({});
  t.match(rollout, { complete: true, sentence: '' });
  t.same(
    rollout.outcomes.map(({ outcome }) => outcome.result),
    ['updated', 'updated'],
  );
  t.equal(rollout.outcomes[0]?.outcome.sentence, `it went from ${old} to ${wanted} and is healthy.`);
  for (const machine of [sofa, desk]) {
    t.equal(machine.booted, wanted_digest);
    t.equal(machine.boots, 1);
    t.ok(machine.commands.includes('sudo -n punktfunk-host doctor --json'));
  }
  const last_of_sofa = world.lines.findLastIndex((line) => line.startsWith('sofa:'));
  t.equal(
    world.lines.findIndex((line) => line.startsWith('desk:')),
    last_of_sofa + 1,
    'nothing of the second before the first is done',
  );
});

t.test('a machine already there is looked at and left alone', async (t) => {
  const { sofa, rollout } = await roll({}, wanted_digest);
  t.equal(rollout.outcomes[0]?.outcome.result, 'already');
  t.same(sofa.commands, ['sudo -n bootc status --json', 'sudo -n punktfunk-host doctor --json']);
});

t.test('a machine that needs a while after its boot is waited for', async (t) => {
  const { sofa, rollout } = await roll({ ill_checks: 5 });
  t.equal(rollout.complete, true);
  t.equal(sofa.boots, 1);
});

t.test('already there but not healthy: the rollout stops, and nothing is rolled back', async (t) => {
  const { sofa, rollout } = await roll({ ill_on: [wanted_digest] }, wanted_digest);
  t.match(
    rollout.sentence,
    /^The rollout stops at sofa: it was on sha256:1{12} already and is not healthy: its doctor misses engine: libopus/,
  );
  t.equal(sofa.boots, 0);
});

// What goes wrong, what is said, and where the machine is left. The second machine is left alone in all of them.
const failures: {
  name: string;
  faults: Faults;
  sentence: string;
  booted?: string;
  boots: number;
  switched?: boolean;
}[] = [
  {
    name: 'health fails: rolled back',
    faults: { ill_on: [wanted_digest] },
    sentence: `it is not healthy on ${wanted}: its doctor misses engine: libopus.so.0 is not there; it was rolled back to ${old} and is healthy there.`,
    boots: 2,
  },
  {
    name: 'health fails before and after: rolled back, and said',
    faults: { ill_on: [wanted_digest, old_digest] },
    sentence: `it is not healthy on ${wanted}: its doctor misses engine: libopus.so.0 is not there; it was rolled back to ${old} and is not healthy there either: its doctor misses engine: libopus.so.0 is not there.`,
    boots: 2,
  },
  {
    name: 'a doctor that ends well without the word complete is no health',
    faults: { doctor: { code: 0, stdout: '{"complete":false,"checks":[]}' } },
    sentence: `it is not healthy on ${wanted}: its doctor ends with 0 and names nothing missing; it was rolled back to ${old} and is not healthy there either: its doctor ends with 0 and names nothing missing.`,
    boots: 2,
  },
  {
    name: 'a doctor that says complete and ends badly is no health',
    faults: { doctor: { code: 1, stdout: '{"complete":true,"checks":[]}' } },
    sentence: `it is not healthy on ${wanted}: its doctor ends with 1 and names nothing missing; it was rolled back to ${old} and is not healthy there either: its doctor ends with 1 and names nothing missing.`,
    boots: 2,
  },
  {
    name: 'no doctor in the image',
    faults: { doctor: { code: 1, stdout: '', stderr: 'sudo: punktfunk-host: command not found\n' } },
    sentence: `it is not healthy on ${wanted}: its doctor gives no report: sudo: punktfunk-host: command not found (exit code 1); it was rolled back to ${old} and is not healthy there either: its doctor gives no report: sudo: punktfunk-host: command not found (exit code 1).`,
    boots: 2,
  },
  {
    name: 'the rollback itself fails',
    faults: { ill_on: [wanted_digest], rollback_fails: 'error: no rollback available' },
    sentence: `it is not healthy on ${wanted}: its doctor misses engine: libopus.so.0 is not there; it was not rolled back, bootc rollback failed: error: no rollback available (exit code 1).`,
    booted: wanted_digest,
    boots: 1,
  },
  {
    name: 'what it would roll back to is another image',
    faults: { ill_on: [wanted_digest], rollback_is: other_digest },
    sentence: `it is not healthy on ${wanted}: its doctor misses engine: libopus.so.0 is not there; it was not rolled back: it would go to sha256:222222222222, not to ${old}.`,
    booted: wanted_digest,
    boots: 1,
  },
  {
    name: 'the machine does not come back',
    faults: { lost_at_boot: 1 },
    sentence:
      'it did not come back: 10 minutes after the order to reboot it cannot be reached (connect: connection refused); choose the previous entry in its boot menu.',
    booted: wanted_digest,
    boots: 1,
  },
  {
    name: 'the machine does not come back from the rollback',
    faults: { ill_on: [wanted_digest], lost_at_boot: 2 },
    sentence: `it is not healthy on ${wanted}: its doctor misses engine: libopus.so.0 is not there; it did not come back: 10 minutes after the order to reboot it cannot be reached (connect: connection refused); choose the previous entry in its boot menu.`,
    boots: 2,
  },
  {
    name: 'the machine takes the order and does not reboot',
    faults: { reboot_ignored: true },
    sentence: `it did not reboot: 10 minutes after the order to reboot it is still the same boot; whoever reboots it starts ${wanted}.`,
    boots: 0,
  },
  {
    name: 'the machine refuses to reboot',
    faults: { reboot_refused: 'sudo: a password is required' },
    sentence: `it refuses to reboot: sudo: a password is required (exit code 1); whoever reboots it starts ${wanted}.`,
    boots: 0,
  },
  {
    name: 'it boots another digest: rolled back',
    faults: { boots: other_digest },
    // The rollback boots what the fault says too, and that is told.
    sentence: `it booted sha256:222222222222 instead of ${wanted}; it went back to sha256:222222222222 instead of ${old}.`,
    booted: other_digest,
    boots: 2,
  },
  {
    name: 'its boot loader goes back by itself: no rollback, which would go forward',
    faults: { boots: old_digest },
    sentence: `it came back on ${old}: its boot loader did not start the new image.`,
    boots: 1,
  },
  {
    name: 'it comes back and bootc does not work: not rolled back, since nobody knows to what',
    faults: { mute_after_boot: true },
    sentence:
      'it came back, but bootc status failed: error: opening the sysroot (exit code 1); it was not rolled back: bootc status failed: error: opening the sysroot (exit code 1).',
    booted: wanted_digest,
    boots: 1,
  },
  {
    name: 'the switch fails',
    faults: { switch_fails: 'error: Fetching manifest: unauthorized' },
    sentence: 'bootc switch failed: error: Fetching manifest: unauthorized (exit code 1).',
    boots: 0,
  },
  {
    name: 'the switch stages another digest: it is not booted',
    faults: { stages: other_digest },
    sentence: `bootc switch ended well, but the next boot would start sha256:222222222222 instead of ${wanted}.`,
    boots: 0,
  },
  {
    name: 'the switch stages nothing',
    faults: { stages: null },
    sentence: `bootc switch ended well, but the next boot would start nothing instead of ${wanted}.`,
    boots: 0,
  },
  {
    name: 'ssh is refused',
    faults: { refused: 'Permission denied (publickey)' },
    sentence: 'it cannot be reached (Permission denied (publickey)).',
    boots: 0,
    switched: false,
  },
  {
    name: 'no bootc host',
    faults: { status_text: 'hello' },
    sentence: 'what bootc status prints is not the status of a bootc host.',
    boots: 0,
    switched: false,
  },
  {
    name: 'a host that was not booted from an image',
    faults: { status_text: '{"status":{"staged":null,"booted":null,"rollback":null}}' },
    sentence: 'it was not booted from an image.',
    boots: 0,
    switched: false,
  },
];

for (const { name, faults, sentence, booted = old_digest, boots, switched = true } of failures) {
  t.test(name, async (t) => {
    const { sofa, desk, rollout } = await roll(faults);
    t.equal(rollout.complete, false);
    t.equal(rollout.sentence, `The rollout stops at sofa: ${sentence} Not touched: desk.`);
    t.equal(sofa.booted, booted, 'where it is left');
    t.equal(sofa.boots, boots, 'how often it was rebooted');
    t.equal(sofa.commands.includes(switching), switched);
    t.same(desk.commands, [], 'the second machine heard nothing');
  });
}

t.test('the last machine fails: nobody is left, and the first stays updated', async (t) => {
  const sofa = new TestMachine(old_digest);
  const desk = new TestMachine(old_digest, { switch_fails: 'no space left on device' });
  const rollout = await rollOut(machines, image, digest, testWorld({ sofa, desk }));
  t.equal(rollout.sentence, 'The rollout stops at desk: bootc switch failed: no space left on device (exit code 1).');
  t.equal(sofa.booted, wanted_digest);
});

t.test('a second rollout goes on where the first stopped', async (t) => {
  const sofa = new TestMachine(wanted_digest);
  const desk = new TestMachine(old_digest);
  const rollout = await rollOut(machines, image, digest, testWorld({ sofa, desk }));
  t.same(
    rollout.outcomes.map(({ outcome }) => outcome.result),
    ['already', 'updated'],
  );
  t.equal(sofa.boots, 0);
});

t.test('a machine is given the whole of its time to come back, and no more', async (t) => {
  const sofa = new TestMachine(old_digest, { lost_at_boot: 1 });
  const world = testWorld({ sofa });
  const began = world.clock.nowMs();
  await rollOut(machines.slice(0, 1), image, digest, world);
  const took = world.clock.nowMs() - began;
  t.ok(took >= limits.boot_ms && took < limits.boot_ms + 2 * limits.poll_ms, `${took} ms`);
});
