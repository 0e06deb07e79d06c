// Signed repositories: made, verified, installed from, and refused when anything in them is not what was signed.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refused, sh, shell } from '../../harness/checks/command.ts';
import { type Check, type Control, control } from '../../harness/checks/report.ts';
import type { Place } from './formats.ts';
import { base } from './roots.ts';

/** Packages, published, and the key that is trusted. */
export interface Published {
  readonly folder: string;
  readonly key: string;
}

export class Repositories {
  readonly #place: Place;
  readonly #keys: string;

  constructor(place: Place) {
    this.#place = place;
    this.#keys = join(place.scratch, 'keys');
  }

  #key(name: string): string {
    return readFileSync(join(this.#keys, name), 'utf8');
  }
  #publish(words: readonly string[], key?: string): Promise<string> {
    return shell({ env: { PUNKTFUNK_SIGNING_KEY: key } })`${this.#place.copy}/packaging/publish.sh ${words}`;
  }

  /** Two keys of our own for this run. */
  async makeKeys(): Promise<void> {
    for (const name of ['ours', 'theirs'])
      await sh`
        mkdir -p ${this.#keys}/${name} && chmod 700 ${this.#keys}/${name} && cd ${this.#keys} && export GNUPGHOME=$PWD/${name}
        gpg --batch --quiet --passphrase '' --quick-generate-key ${name}' <'${name}'@punktfunk.invalid>' ed25519 sign never
        gpg --batch --armor --export-secret-keys >${name}.key && gpg --batch --armor --export >${name}.asc && gpg --batch --export >${name}.gpg`;
  }

  /** The packages, signed by that key. */
  async publishAs(name: string, folder: string): Promise<void> {
    await sh`mkdir -p ${folder} && cp ${this.#place.out}/* ${folder}/`;
    await this.#publish([folder], this.#key(`${name}.key`));
  }

  /** A key that cannot be used is named, and what was published before stays as it is. */
  async unpublished(folder: string): Promise<void> {
    const look = () => sh`find ${folder} -printf '%P %T@ %i\n' | sort`;
    const before = await look();
    const both = this.#key('ours.key') + this.#key('theirs.key');
    await refused('there is no key to sign with', this.#publish([folder], ''));
    await refused('is no OpenPGP key', this.#publish([folder], 'nonsense'));
    await refused('holds 0 private keys', this.#publish([folder], this.#key('ours.asc')));
    await refused('holds 2 private keys', this.#publish([folder], both));
    await refused('does not exist', this.#publish([`${folder}/none`], this.#key('ours.key')));
    if ((await look()) !== before) throw new Error('what was published has changed');
  }

  /** Each signature, and each sum up to what is signed. */
  readonly verified: Check<Published> = {
    name: 'their signatures and sums hold',
    short: 'a repository',
    run: ({ folder, key }) => this.#publish(['--verify', folder, join(this.#keys, `${key}.asc`)]),
    controls: [
      control('another key', 'not of this key', async (published) => ({ ...published, key: 'theirs' })),
      this.#changed('a changed .deb', 'apt/pool/punktfunk_*.deb', 'a package is not the listed one'),
      this.#changed('a changed list of apt', 'apt/dists/*/Packages', 'a list of packages is not the signed one'),
      this.#changed('a changed release of apt', 'apt/dists/stable/Release', 'Release.gpg is not of this key'),
      this.#changed('an unsigned .rpm', 'dnf/punktfunk-[0-9]*.rpm', 'is not signed by this key', `cp "$2" "$1"`),
      this.#changed('a changed list of dnf', 'dnf/repodata/*-primary.xml.gz', 'a list is not the signed one'),
      this.#changed('a changed package of pacman', 'pacman/punktfunk-[0-9]*.pkg.tar.zst', 'is not of this key'),
      this.#changed('a changed database of pacman', 'pacman/*.db.tar.gz', 'punktfunk.db.tar.gz.sig is not of this key'),
      this.#changed('a changed system extension', 'sysext/*.raw', 'an extension is not the signed one'),
    ],
  };
  #changed(what: string, file: string, words: string, script = `echo >>"$1"`): Control<Published> {
    return control(what, words, async (published) => {
      const copy = `${published.folder}-changed`;
      await sh`
        rm -rf ${copy} && cp -a ${published.folder} ${copy}
        file=$(find ${copy}/repository -path ${copy}/repository/${file}) && [ -f "$file" ] && sh -ec ${script} sh "$file" ${this.#place.rpm}`;
      return { ...published, folder: copy };
    });
  }

  /** A root whose only source of packages is that folder, trusted by our key. */
  async #aptFrom(name: string, folder: string): Promise<void> {
    const { roots } = this.#place;
    const root = await roots.layer(name, roots.changesOf('system'), base);
    const source = 'deb [signed-by=/usr/share/keyrings/punktfunk.gpg] file:/run/beside/repository/apt stable main';
    await sh`
      cd ${root}/etc/apt && rm -rf sources.list.d sources.list && mkdir sources.list.d && echo ${source} >sources.list.d/punktfunk.list
      cp ${this.#keys}/ours.gpg ${root}/usr/share/keyrings/punktfunk.gpg`;
    await roots.apt(name, ['-o', 'APT::Update::Error-Mode=any', 'update'], folder);
  }
  /** Resolves with the root. */
  async aptInstalls(folder: string): Promise<string> {
    await this.#aptFrom('apt', folder);
    await this.#place.roots.apt('apt', ['install', '--no-install-recommends', 'punktfunk'], folder);
    return this.#place.roots.of('apt');
  }
  async aptRefuses(folder: string): Promise<void> {
    await refused('NO_PUBKEY', this.#aptFrom('apt-theirs', folder));
    const install = this.#place.roots.apt('apt-theirs', ['install', 'punktfunk'], folder);
    await refused('Unable to locate package', install);
  }

  /** Installs from that folder into a root of its own, trusting our key; resolves with the root. */
  async pacmanInstalls(name: string, folder: string): Promise<string> {
    const place = join(this.#place.scratch, `pacman-${name}`);
    const config = [
      '[options]',
      'Architecture = x86_64',
      'SigLevel = Required',
      '[punktfunk]',
      `Server = file://${folder}/repository/pacman`,
    ];
    await sh`
      mkdir -p ${place}/db ${place}/cache ${place}/root && mkdir -m 700 ${place}/ring && cd ${place} && printf '%s\n' ${config} >pacman.conf
      export GNUPGHOME=$PWD/ring && gpg --batch --quiet --import ${this.#keys}/ours.asc
      fingerprint=$(gpg --batch --with-colons --list-keys | sed -n '/^fpr:/{s/^fpr:*\([0-9A-F]*\):$/\1/p;q}')
      echo "$fingerprint:6:" | gpg --batch --quiet --import-ownertrust
      pacman --noconfirm --config pacman.conf --root root --dbpath db --cachedir cache --gpgdir ring --logfile /dev/null --noscriptlet --nodeps --nodeps \
        -Sy punktfunk`;
    return join(place, 'root');
  }
  async pacmanRefuses(folder: string): Promise<void> {
    await refused('signature', this.pacmanInstalls('theirs', folder));
    if (existsSync(join(this.#place.scratch, 'pacman-theirs/root/usr/bin/punktfunk-host')))
      throw new Error('it is installed');
  }
}
