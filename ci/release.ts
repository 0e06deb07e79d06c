// The release pipeline, as far as it goes without a release: the bill of materials, signing and verifying with throw-away keys against a
// registry on loopback, and the workflow files.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { execute, expect, Failure, refused, Skip, sh, shell, until } from '../harness/checks/command.ts';
import { type Check, control } from '../harness/checks/report.ts';
import { able, canMount, has, isRoot } from './abilities.ts';
import { copyBuilt } from './built.ts';
import { runFile } from './count.ts';
import { check, finish, logs, proven, root, scratch } from './step.ts';

for (const file of globSync('ci/release/*.test.ts').sort()) await runFile(file);

/** cosign and a registry, into PATH. */
async function haveTools(): Promise<void> {
  const script = '. ci/release/tools.sh; have_tools && printf %s "$PATH"';
  const { code, stdout } = await execute('bash', ['-c', script], { env: { root } });
  if (code !== 0) throw new Skip(stdout.trim());
  process.env.PATH = stdout;
}
if (!(await able('signing and verifying', haveTools))) finish();

delete process.env.COSIGN_PRIVATE_KEY;
process.env.COSIGN_PASSWORD = '';
const keys = join(scratch, 'keys');
const ours = join(keys, 'ours.key');
const key = (name: string): string => readFileSync(join(keys, `${name}.key`), 'utf8').trim();
await check('two pairs of keys', async () => {
  for (const name of ['ours', 'other'])
    await sh`mkdir -p ${keys}; cosign generate-key-pair --output-key-prefix ${keys}/${name}`;
});

/** Something signed, and whose key it is verified with. */
interface Signed {
  readonly what: string;
  readonly key: string;
}
const verify = (kind: 'files' | 'image', { what, key }: Signed) =>
  sh`bash ci/release/verify.sh ${kind} ${what} --key ${keys}/${key}.pub`;
const withKey = async (signed: Signed) => ({ ...signed, key: 'other' });
const not_signed = 'is not signed by this key';

const out = join(scratch, 'out');
const newFolder = () =>
  sh`rm -rf ${out}; mkdir -p ${out}/deb; cd ${out}; echo package >deb/punktfunk.deb; echo bill >'with a space.json'`;
const changed = (what: string, words: string, script: string) =>
  control<Signed>(what, words, async (folder) => {
    await sh`rm -rf ${out}-changed; cp -r ${out} ${out}-changed; cd ${out}-changed; bash -ec ${script}`;
    return { ...folder, what: `${out}-changed` };
  });
await check('a folder is signed', async () => {
  await newFolder();
  await sh`bash ci/release/sign.sh files ${out} --key ${ours}`;
});
const sums = "sha256sum deb/punktfunk.deb 'with a space.json' >SHA256SUMS";
const folder: Check<Signed> = {
  name: 'a folder is verified',
  short: 'a folder',
  run: (signed) => verify('files', signed),
  controls: [
    control('another key', not_signed, withKey),
    changed('a changed file', 'are not those that were signed', 'echo more >>deb/punktfunk.deb'),
    changed('changed sums', not_signed, `echo more >>deb/punktfunk.deb; ${sums}`),
    changed('a file that was not signed', 'these files were not signed: stowaway', 'echo x >stowaway'),
    changed('a missing file', 'are not those that were signed', "rm 'with a space.json'"),
    changed('no signature', 'has no SHA256SUMS.sig', 'rm SHA256SUMS.sig'),
  ],
};
await proven(folder, { what: out, key: 'ours' });
await check('the key comes from the environment', async () => {
  await newFolder();
  await shell({ env: { COSIGN_PRIVATE_KEY: key('ours') } })`bash ci/release/sign.sh files ${out}`;
  await verify('files', { what: out, key: 'ours' });
});
await check('what is missing is said in a sentence', async () => {
  const sentences: [string, string[], Record<string, string | undefined>?][] = [
    ['there is no key to sign with: put its text into COSIGN_PRIVATE_KEY', ['files', out]],
    ['the key /nowhere cannot be read', ['files', out, '--key', '/nowhere']],
    ['COSIGN_PASSWORD is not set', ['files', out, '--key', ours], { COSIGN_PASSWORD: undefined }],
    ['was not signed', ['files', out, '--key', ours], { COSIGN_PASSWORD: 'wrong' }],
    ['was not signed', ['files', out], { COSIGN_PRIVATE_KEY: 'rubbish' }],
    ['name an image by its digest', ['image', 'registry.example/a/b:latest', '--key', ours]],
    ['is not a folder', ['files', '/nowhere', '--key', ours]],
  ];
  for (const [words, what, env = {}] of sentences)
    await refused(words, shell({ env })`bash ci/release/sign.sh ${what}`);
  const nowhere = sh`bash ci/release/verify.sh files ${out} --key /nowhere`;
  await refused('the public key /nowhere cannot be read', nowhere);
});

/** A checkout that is ready for a release: a commit with the version told and the key in it, and the scripts as they stand here. */
const checkout = join(scratch, 'checkout');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const newCheckout = () => sh`
  rm -rf ${checkout} && mkdir ${checkout} && git archive HEAD | tar -x -C ${checkout}
  cp ci/release/*.sh ${checkout}/ci/release/
  cd ${checkout} && git init --quiet .
  mkdir -p bootc/keys build && cp ${keys}/ours.pub bootc/keys/punktfunk.pub
  sed -i ${`s/^## Unreleased$/## ${version} - 2026-01-01/`} CHANGELOG.md
  git add . && git -c user.name=test -c user.email=test@example.org commit --quiet -m ready
  ln -s ${root}/build/release-tools build/release-tools # what a build leaves there`;
const digest = `sha256:${'a'.repeat(64)}`;
const settings = (env: Record<string, string> = {}) => {
  const REGISTRY = { REGISTRY_USER: 'me', REGISTRY_PASSWORD: 'secret', COSIGN_PRIVATE_KEY: key('ours') };
  const images = { BASE_IMAGE: `registry.example/bazzite@${digest}`, BUILD_IMAGE: `registry.example/debian@${digest}` };
  const release = { TAG: `v${version}`, IMAGE: 'registry.example/owner/punktfunk' };
  return shell({ cwd: checkout, env: { ...release, ...images, ...REGISTRY, ...env } })`bash ci/release/settings.sh`;
};
await check('settings that are complete', async () => {
  await newCheckout();
  await settings();
});
await check('settings that are not: a sentence each', async () => {
  await refused('the tag must be v', settings({ TAG: 'v99.0.0' }));
  const by_tag = { BASE_IMAGE: 'registry.example/bazzite:stable' };
  await refused('BASE_IMAGE is "registry.example/bazzite:stable"', settings(by_tag));
  await refused('BUILD_IMAGE is ""', settings({ BUILD_IMAGE: '' }));
  const by_digest = { IMAGE: 'registry.example/a/b@sha256:0' };
  await refused('IMAGE is "registry.example/a/b@sha256:0"', settings(by_digest));
  await refused('REGISTRY_PASSWORD is empty', settings({ REGISTRY_PASSWORD: '' }));
  await refused('is not the private half of', settings({ COSIGN_PRIVATE_KEY: key('other') }));
  await refused('is not the private half of', settings({ COSIGN_PASSWORD: 'wrong' }));
  await sh`touch ${checkout}/stray`;
  await refused('changes that are not committed', settings());
  await sh`cd ${checkout} && rm stray && git mv CHANGELOG.md OLD.md`;
  await refused('CHANGELOG.md has no part', settings());
});

const to_make_images = [isRoot('making one needs root and buildah'), has('buildah'), canMount];
if (!(await able('signing an image', ...to_make_images))) finish();

// A registry on loopback, with two tiny images in it.
const registry_files = join(scratch, 'registry/docker/registry/v2/repositories');
let registry = '';
const image = (name: string): string => `${registry}/${name}@${readFileSync(join(scratch, `${name}.digest`), 'utf8')}`;
const has_registry = await check('a registry on loopback', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((closed) => server.close(closed));
  const storage = `storage: {filesystem: {rootdirectory: ${scratch}/registry}}`;
  const settings = `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n${storage}\nhttp: {addr: "${registry}"}\n`;
  writeFileSync(`${scratch}/registry.yml`, settings);
  const log = openSync(`${logs}-registry.log`, 'w');
  const child = spawn('docker-registry', ['serve', `${scratch}/registry.yml`], { stdio: ['ignore', log, log] });
  process.on('exit', () => child.kill());
  await until('an answer of the registry', 120_000, async () => {
    if (child.exitCode !== null) throw new Failure(readFileSync(`${logs}-registry.log`, 'utf8'));
    return (await fetch(`http://${registry}/v2/`).catch(() => undefined))?.ok || undefined;
  });
});
process.env.CONTAINERS_STORAGE_CONF = join(scratch, 'storage.conf');
process.env.BUILDAH_ISOLATION = 'chroot';
const hasImages = () =>
  check('two images in it', async () => {
    await sh`printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/storage"\nrunroot = "%s/run"\n' ${scratch} ${scratch} >$CONTAINERS_STORAGE_CONF`;
    for (const name of ['one', 'two'])
      await sh`
        mkdir -p ${scratch}/context && echo ${name} >${scratch}/context/${name}
        container=$(buildah from scratch) && buildah copy -q "$container" ${scratch}/context/${name} /${name}
        buildah commit -q --rm --timestamp 0 "$container" localhost/${name}
        buildah push -q --tls-verify=false --digestfile ${scratch}/${name}.digest localhost/${name} docker://${registry}/${name}`;
  });
if (!has_registry || !(await hasImages())) finish();

await check('an image is signed', () => sh`bash ci/release/sign.sh image ${image('one')} --key ${ours}`);
const verified_image: Check<Signed> = {
  name: 'an image is verified',
  short: 'an image',
  run: (signed) => verify('image', signed),
  controls: [
    control('another key', not_signed, withKey),
    control('no signature', not_signed, async (signed) => ({ ...signed, what: image('two') })),
    control("another's signature, which names another digest", not_signed, async (signed) => {
      const tagOf = (name: string) => `${image(name).split('@')[1]?.replace(':', '-')}.sig`;
      await sh`cd ${registry_files}; cp -r one/. two/; cd two/_manifests/tags; mv ${tagOf('one')} ${tagOf('two')}`;
      return { ...signed, what: image('two') };
    }),
    control('a digest that is not there', not_signed, async (signed) => ({
      ...signed,
      what: `${registry}/one@sha256:${'0'.repeat(64)}`,
    })),
  ],
};
await proven(verified_image, { what: image('one'), key: 'ours' });

// The image of the release, with the tree that this checkout would install.
const publish = (folder: string, who: string) => {
  const release = { TAG: 'v1', IMAGE: `${registry}/owner/punktfunk`, REGISTRY_USER: 'me', REGISTRY_PASSWORD: 'secret' };
  const env = { ...release, HOME: join(scratch, 'home'), COSIGN_PRIVATE_KEY: key(who) };
  return shell({ cwd: checkout, env })`bash ci/release/publish-image.sh ${scratch}/${folder}`;
};
await check('an image is published: pushed, signed, verified, tagged, its bill beside it', async () => {
  await newCheckout();
  await copyBuilt(root, checkout);
  await sh`
    cd ${checkout}
    mkdir -p build/image && cp "$CONTAINERS_STORAGE_CONF" build/image/
    cp -al ${root}/node_modules . 2>/dev/null || cp -a ${root}/node_modules .
    node packaging/payload.ts stage "$PWD/build/image/root" --kind image
    buildah tag localhost/one localhost/punktfunk:latest
    mkdir -p ${scratch}/home/.config/containers
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' ${registry} >${scratch}/home/.config/containers/registries.conf`;
  await publish('published', 'ours');
  const published = readFileSync(join(scratch, 'published/image-digest.txt'), 'utf8');
  await verify('image', { what: `${registry}/owner/punktfunk@${published}`, key: 'ours' });
  await sh`node ci/release/sbom.ts check ${scratch}/published/punktfunk-image.spdx.json --root ${checkout}/build/image/root`;
});
await check('signed by another key it gets no tag', async () => {
  await sh`rm -rf ${registry_files}/owner`;
  await refused(not_signed, publish('unpublished', 'other'));
  const answer = await (await fetch(`http://${registry}/v2/owner/punktfunk/tags/list`)).json();
  const tags = (answer as { tags: string[] }).tags.filter((tag) => !tag.endsWith('.sig'));
  expect(tags.join(' ') === 'unsigned-v1', `it has the tags ${tags.join(' ')}`);
});
await check('the checklist looks at what it can, and names what nobody verified', async () => {
  await newCheckout();
  await copyBuilt(root, checkout);
  const release = join(scratch, 'release');
  const here = shell({ cwd: checkout, env: { COSIGN_PRIVATE_KEY: key('ours') } });
  await here`
    mkdir ${release} && cp ${scratch}/published/punktfunk-image.spdx.json ${release}/
    bash ci/release/sign.sh files ${release}`;
  const list = await here`bash ci/release/check-release.sh ${release}`;
  for (const words of ['bootc container lint', 'SELinux', 'A real GPU'])
    expect(list.includes(words), `it does not name "${words}":\n${list}`);
  // With a file more, and with a bill that is none.
  await sh`echo x >${release}/stowaway`;
  await refused('WRONG     not so: every file of', here`bash ci/release/check-release.sh ${release}`);
  await sh`echo '{}' >${release}/other.spdx.json`;
  await refused('WRONG     not so: the bill of materials other', here`bash ci/release/check-release.sh ${release}`);
});
finish();
