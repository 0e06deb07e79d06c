// Tests of what happens between versions of the image: upgrade, rollback, an upgrade that dies, one that is broken.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '../checks/command.ts';
import type { Check, Report } from '../checks/report.ts';
import { Browser } from './browse.ts';
import { Context } from './context.ts';
import { link } from './isolate.ts';
import { bootContainer } from './nspawn.ts';
import { cut, type Deployment, Sysroot, strayContent, treeSum } from './ostree.ts';
import { pairedProbe, pairings, receiveWhole } from './stream.ts';

const package_json = 'usr/lib/punktfunk/package.json';
const engine = 'usr/lib/punktfunk/build/native/lib/punktfunk_engine.node';
const new_version = '99.0.0';
const cuts_each = 8;

/** What the tests of one run share; in their order each leaves the first version deployed and booting. */
export interface Upgrades {
  readonly root: string;
  readonly probe_dir: string;
  readonly seat: string;
  readonly base_port: number;
  sysroot?: Sysroot;
  readonly figure: Report['figure'];
}

async function deployed(shared: Upgrades): Promise<Sysroot> {
  if (!shared.sysroot) {
    shared.sysroot = await Sysroot.make(shared.root);
    await shared.sysroot.deploy();
  }
  return shared.sysroot;
}

/** Boots a deployment with the /var that all share, does `work`, and powers it off. */
async function booted<T>(shared: Upgrades, deployment: Deployment, work: (context: Context) => Promise<T>): Promise<T> {
  const sysroot = await deployed(shared);
  let browser: Browser | undefined;
  const machine = await bootContainer({
    root: deployment.path,
    var_dir: sysroot.var_dir,
    onLink: async () => {
      browser = await Browser.open(link.ours);
    },
  });
  browser ??= await Browser.open(link.ours);
  try {
    const result = await work(new Context({ ...shared, machine, browser }));
    await machine.powerOff();
    return result;
  } finally {
    browser.close();
    await machine.close();
  }
}

/** Who the host says it is, and that it streams to the client that paired with the first version. */
async function look(
  shared: Upgrades,
  deployment: Deployment,
): Promise<{ id: string; version: string; clients: string }> {
  return booted(shared, deployment, async (context) => {
    const { version } = await context.hostUp(60_000);
    const probe = await pairedProbe(context);
    await receiveWhole(context, '', {}, 30, 60_000);
    return {
      id: (await probe.serverInfo()).unique_id,
      version,
      clients: await pairings(context),
    };
  });
}

const newVersion = (root: string): Record<string, string> => ({
  [package_json]: readFileSync(join(root, package_json), 'utf8').replace(
    /"version": *"[^"]*"/,
    `"version": "${new_version}"`,
  ),
  'usr/etc/punktfunk-boot-test': 'of the image\n',
});

export const upgrade_tests: Readonly<Record<string, Check<Upgrades>>> = {
  '500': {
    name: 'the image has no content outside of /usr and /etc',
    run: async ({ root }) => {
      const stray = strayContent(root);
      expect(stray.length === 0, `an upgrade would not carry ${stray.slice(0, 10).join(', ')}`);
    },
  },
  '510': {
    name: 'upgrade and rollback keep identity, paired clients and local files in /etc',
    async run(shared) {
      const sysroot = await deployed(shared);
      const old = sysroot.first();
      const before = await look(shared, old);
      writeFileSync(join(old.path, 'etc/local-file'), 'of this machine\n');

      await sysroot.commit(sysroot.layer(newVersion(shared.root)));
      const began = performance.now();
      const upgraded = await sysroot.deploy();
      shared.figure('the upgrade took', (performance.now() - began) / 1000, 's');
      expect(upgraded.commit !== old.commit, 'the new version is not what boots next');
      const after = await look(shared, upgraded);
      expect(after.version === new_version, `version ${after.version} runs after the upgrade`);
      expect(after.id === before.id, `after the upgrade the host is another: ${after.id}, was ${before.id}`);
      expect(after.clients === before.clients, `after the upgrade other clients are paired: ${after.clients}`);
      expect(existsSync(join(upgraded.path, 'etc/local-file')), 'a local file in /etc did not come along');
      expect(existsSync(join(upgraded.path, 'etc/punktfunk-boot-test')), "the new version's file in /etc is not there");

      const back = await sysroot.rollBack();
      expect(back.commit === old.commit, 'the rollback does not boot the old version');
      const again = await look(shared, back);
      expect(again.version === before.version, `version ${again.version} runs after the rollback`);
      expect(again.id === before.id && again.clients === before.clients, 'the rollback lost identity or clients');
      expect(!existsSync(join(back.path, 'etc/punktfunk-boot-test')), "the new version's file in /etc stayed");
    },
  },
  '520': {
    name: 'an upgrade that dies in the middle, wherever, leaves what boots as it was',
    async run(shared) {
      const sysroot = await deployed(shared);
      const old = sysroot.first();
      const sum = await treeSum(old.path);
      const layer = sysroot.layer({
        ...newVersion(shared.root),
        'usr/lib/punktfunk/big': 'x'.repeat(32 * 1024 * 1024),
      });
      // Either version may boot, as long as it is whole: the change from one to the other is one step. The old one is never touched.
      const intact = async (when: string) => {
        const now = sysroot.first();
        expect((await treeSum(old.path)) === sum, `${when}: the deployment that booted has changed`);
        if (now.path === old.path) return;
        const version = readFileSync(join(now.path, package_json), 'utf8');
        expect(
          version.includes(new_version) && existsSync(join(now.path, 'etc/passwd')),
          `${when}: half a version boots`,
        );
        const back = await sysroot.rollBack();
        expect(back.path === old.path, `${when}: the rollback does not boot the old version`);
      };
      let died = 0;
      for (const [what, words] of [
        ['commit', sysroot.commitWords(layer)],
        ['deploy', sysroot.deployWords()],
      ] as const) {
        const began = performance.now();
        // How long it takes undisturbed: the cuts are spread over that time. A deployment that came through is taken back.
        await cut(words, 60_000);
        const whole_ms = performance.now() - began;
        if (what === 'deploy') await sysroot.rollBack();
        for (let count = 0; count < cuts_each; count++) {
          const after_ms = (whole_ms * (count + 0.5)) / cuts_each;
          if (await cut(words, after_ms)) died++;
          await intact(`${what} cut after ${Math.round(after_ms)} ms`);
        }
      }
      shared.figure('upgrades cut', died, `of ${2 * cuts_each}`);
      expect(died >= cuts_each / 2, `only ${died} of ${2 * cuts_each} upgrades were cut before their end`);
      await sysroot.fsck();
      // And the next one goes through.
      await sysroot.commit(layer);
      const upgraded = await sysroot.deploy();
      expect(upgraded.path !== old.path, 'after cut upgrades a whole one does not go through');
      await sysroot.rollBack();
    },
  },
  '530': {
    name: 'a broken upgrade is noticed by the doctor, and the rollback streams again',
    async run(shared) {
      const sysroot = await deployed(shared);
      const old = sysroot.first();
      await sysroot.commit(sysroot.layer({ [engine]: '' }));
      const broken = await sysroot.deploy();
      const complete = await booted(shared, broken, async (context) => {
        const { stdout } = await context.host('doctor --json');
        return (JSON.parse(stdout) as { complete: boolean }).complete;
      });
      expect(!complete, 'the doctor finds a machine complete whose engine is empty');
      const back = await sysroot.rollBack();
      expect(back.path === old.path, 'the rollback does not boot the old version');
      await look(shared, back);
    },
  },
};
