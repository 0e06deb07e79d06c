// What the image's build says of bases and networks that it cannot use. Needs the stand-in base: `npm run image` has made it.

import { join } from 'node:path';
import { expect, refused, sh, shell } from '../harness/checks/command.ts';
import { able, canMount, has, isRoot } from './abilities.ts';
import { check, finish, report, root } from './step.ts';

const needed = [isRoot('building an image needs root and buildah'), has('buildah'), canMount];
if (!(await able('bases that are refused', ...needed))) finish();
process.env.CONTAINERS_STORAGE_CONF = join(root, 'build/image/storage.conf');
process.env.BUILDAH_ISOLATION = 'chroot';
process.env.TMPDIR = join(root, 'build/image/tmp');
const images = await sh`buildah images --format '{{.CreatedAtRaw}} {{.Name}}:{{.Tag}}' 2>/dev/null || :`;
const standins = images.split('\n').filter((line) => line.includes('punktfunk-standin'));
const base = standins.sort().at(-1)?.replace(/.* /, '');
if (base === undefined) {
  report.failed('bases that are refused', 'there is no stand-in base; run: npm run image');
  finish();
}

/** The build ends with just this sentence; the image that was there stays. */
async function refuses(sentence: string, words: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const latest = () => sh`buildah images -q localhost/punktfunk:latest`;
  const before = await latest();
  await refused(sentence, shell({ env })`bash tools/image.sh --no-root ${words}`);
  expect((await latest()) === before, 'the image that was there is another');
}
/** A base that differs from the stand-in by one command. */
async function refusesChanged(sentence: string, command: string): Promise<void> {
  const changed = 'localhost/refused:changed';
  await sh`
    container=$(buildah from --pull-never ${base ?? ''}) && buildah run "$container" -- sh -c ${command}
    buildah commit -q --rm "$container" ${changed}`;
  await refuses(sentence, ['--base', changed]).finally(() => sh`buildah rmi ${changed}`);
}

const lacks = 'the base lacks sway foot, without which nothing can be streamed';
await check('a base without what is needed', () => refusesChanged(lacks, 'rm /usr/bin/sway /usr/bin/foot'));
const of_family = 'the base is "Alpine Linux v3.22", and only bases of Fedora\'s family';
const alpine = 'printf "ID=alpine\\nPRETTY_NAME=\\"Alpine Linux v3.22\\"\\n" >/usr/lib/os-release';
await check('a base of another family', () => refusesChanged(of_family, alpine));
const nowhere = { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };
await check('no network', () => refuses('Is the network up', ['--base', base], nowhere));
await check('a base that does not exist', () =>
  refuses('the image could not be built', ['--base', 'localhost/nothing:none']),
);
finish();
