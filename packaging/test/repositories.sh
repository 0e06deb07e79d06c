# shellcheck shell=bash
# What ci/packages.sh checks of repositories; sourced by it.
# shellcheck disable=SC2154,SC2317

published=$scratch/published
publish() { "$scratch/copy/packaging/publish.sh" "$@"; }

# Two keys of our own for this run: "ours" and "theirs".
make_keys() {
  local name
  for name in ours theirs; do
    mkdir -p "$scratch/keys/$name" && chmod 700 "$scratch/keys/$name" &&
      gpg --homedir "$scratch/keys/$name" --batch --quiet --passphrase '' --quick-generate-key "$name <$name@punktfunk.invalid>" ed25519 sign never &&
      gpg --homedir "$scratch/keys/$name" --batch --armor --export-secret-keys >"$scratch/keys/$name.key" &&
      gpg --homedir "$scratch/keys/$name" --batch --armor --export >"$scratch/keys/$name.asc" &&
      gpg --homedir "$scratch/keys/$name" --batch --export >"$scratch/keys/$name.gpg" &&
      gpgconf --homedir "$scratch/keys/$name" --kill all || return
  done
}
# publish_as NAME FOLDER: the packages signed by that key
publish_as() {
  mkdir -p "$2" && cp "$out"/* "$2/" && PUNKTFUNK_SIGNING_KEY=$(cat "$scratch/keys/$1.key") publish "$2"
}
# A key that cannot be used is named, and what was published before stays as it is.
unpublished() {
  local before
  before=$(find "$published" -printf '%P %T@ %i\n' | sort)
  PUNKTFUNK_SIGNING_KEY='' says 'there is no key to sign with' publish "$published" &&
    PUNKTFUNK_SIGNING_KEY=nonsense says 'is no OpenPGP key' publish "$published" &&
    PUNKTFUNK_SIGNING_KEY=$(cat "$scratch/keys/ours.asc") says 'holds 0 private keys' publish "$published" &&
    PUNKTFUNK_SIGNING_KEY=$(cat "$scratch/keys/ours.key" "$scratch/keys/theirs.key") says 'holds 2 private keys' publish "$published" &&
    PUNKTFUNK_SIGNING_KEY=$(cat "$scratch/keys/ours.key") says 'does not exist' publish "$published/none" &&
    [ "$before" = "$(find "$published" -printf '%P %T@ %i\n' | sort)" ]
}
verified() { publish --verify "$published" "$scratch/keys/ours.asc" && says 'not of this key' publish --verify "$published" "$scratch/keys/theirs.asc"; }

# tampered FILE WORDS [FROM]: with that file changed (or replaced by FROM) verification says so
tampered() {
  local folder=$scratch/tampered file
  rm -rf "$folder" && cp -a "$published" "$folder" && file=$(find "$folder/repository" -path "$folder/repository/$1") && [ -f "$file" ] || return
  if [ -n "${3-}" ]; then cp "$3" "$file"; else printf '\n' >>"$file"; fi || return
  says "$2" publish --verify "$folder" "$scratch/keys/ours.asc"
}

# apt_from NAME PUBLISHED: a root whose only source is that folder, trusted by our key
apt_from() {
  layer "$1" "$(changes_of system)" "$base" || return
  local where
  where=$(root_of "$1")
  rm -rf "$where/etc/apt/sources.list.d" "$where/etc/apt/sources.list" && mkdir "$where/etc/apt/sources.list.d" || return
  cp "$scratch/keys/ours.gpg" "$where/usr/share/keyrings/punktfunk.gpg" &&
    echo 'deb [signed-by=/usr/share/keyrings/punktfunk.gpg] file:/run/beside/repository/apt stable main' >"$where/etc/apt/sources.list.d/punktfunk.list" &&
    apt "$1" "$2" -o APT::Update::Error-Mode=any update
}
apt_installs() { apt_from apt "$published" && apt apt "$published" install --no-install-recommends punktfunk && payload verify "$(root_of apt)" --kind deb; }
apt_refuses() {
  says NO_PUBKEY apt_from apt-theirs "$scratch/published-theirs" &&
    says 'Unable to locate package' apt apt-theirs "$scratch/published-theirs" install punktfunk
}

# pacman_from NAME PUBLISHED: installs from that folder into a root of its own, trusting our key
pacman_from() {
  local folder=$scratch/pacman-$1 fingerprint
  mkdir -p "$folder"/{db,cache,root} && mkdir -m 700 "$folder/ring" || return
  gpg --homedir "$folder/ring" --batch --quiet --import "$scratch/keys/ours.asc" || return
  fingerprint=$(gpg --homedir "$folder/ring" --batch --with-colons --list-keys | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p;' | head -n 1)
  echo "$fingerprint:6:" | gpg --homedir "$folder/ring" --batch --quiet --import-ownertrust || return
  printf '[options]\nArchitecture = x86_64\nSigLevel = Required\n[punktfunk]\nServer = file://%s/repository/pacman\n' "$2" >"$folder/pacman.conf"
  pacman --noconfirm --config "$folder/pacman.conf" --root "$folder/root" --dbpath "$folder/db" --cachedir "$folder/cache" --gpgdir "$folder/ring" \
    --logfile /dev/null --noscriptlet --nodeps --nodeps -Sy punktfunk
}
pacman_installs() { pacman_from ours "$published" && payload verify "$scratch/pacman-ours/root" --kind arch; }
pacman_refuses() { ! pacman_from theirs "$scratch/published-theirs" && [ ! -e "$scratch/pacman-theirs/root/usr/bin/punktfunk-host" ]; }
