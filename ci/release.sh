#!/bin/bash
# The release pipeline, as far as it goes without a release: the bill of materials, signing and verifying with throw-away keys against a
# registry on loopback, and the workflow files.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/tap-file.sh
. ci/tap-file.sh
# shellcheck source=ci/abilities.sh
. ci/abilities.sh
# shellcheck source=ci/release/tools.sh
. ci/release/tools.sh

for file in ci/release/*.test.ts; do tap_file "$file"; done

keys=$scratch/keys
unset COSIGN_PRIVATE_KEY
export COSIGN_PASSWORD=''
make_keys() {
  mkdir -p "$keys"
  cosign generate-key-pair --output-key-prefix "$keys/ours" && cosign generate-key-pair --output-key-prefix "$keys/other"
}
sign() { bash ci/release/sign.sh "$@"; }
verify() { bash ci/release/verify.sh "$@" --key "$keys/ours.pub"; }
# refused SENTENCE COMMAND...: it must fail, and say why in these words.
refused() {
  local sentence=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "$said"
    echo "This went through and should not: $*"
    return 1
  fi
  echo "$said"
  grep -qF -e "$sentence" <<<"$said" || { echo "\"$sentence\" was not said." && return 1; }
}

new_folder() {
  rm -rf "$scratch/out"
  mkdir -p "$scratch/out/deb"
  echo package >"$scratch/out/deb/punktfunk.deb"
  echo bill >"$scratch/out/with a space.json"
  sign files "$scratch/out" --key "$keys/ours.key"
}
files_in_order() { new_folder && verify files "$scratch/out"; }
key_from_environment() {
  new_folder && rm "$scratch/out/SHA256SUMS.sig" &&
    COSIGN_PRIVATE_KEY=$(cat "$keys/ours.key") sign files "$scratch/out" && verify files "$scratch/out"
}
wrong_key() { new_folder && refused "SHA256SUMS is not signed by this key" bash ci/release/verify.sh files "$scratch/out" --key "$keys/other.pub"; }
tampered_file() {
  new_folder && echo more >>"$scratch/out/deb/punktfunk.deb" && refused "are not those that were signed" verify files "$scratch/out"
}
tampered_sums() {
  new_folder && echo more >>"$scratch/out/deb/punktfunk.deb" &&
    (cd "$scratch/out" && sha256sum deb/punktfunk.deb 'with a space.json' >SHA256SUMS) &&
    refused "SHA256SUMS is not signed by this key" verify files "$scratch/out"
}
unknown_file() {
  new_folder && echo x >"$scratch/out/stowaway" && refused "these files were not signed: stowaway" verify files "$scratch/out"
}
missing_file() { new_folder && rm "$scratch/out/with a space.json" && refused "are not those that were signed" verify files "$scratch/out"; }
no_signature() { new_folder && rm "$scratch/out/SHA256SUMS.sig" && refused "has no SHA256SUMS.sig" verify files "$scratch/out"; }
clear_sentences() {
  refused "there is no key to sign with: put its text into COSIGN_PRIVATE_KEY" sign files "$scratch/out" &&
    refused "the key /nowhere cannot be read" sign files "$scratch/out" --key /nowhere &&
    refused "COSIGN_PASSWORD is not set" env -u COSIGN_PASSWORD bash ci/release/sign.sh files "$scratch/out" --key "$keys/ours.key" &&
    refused "was not signed" env COSIGN_PASSWORD=wrong bash ci/release/sign.sh files "$scratch/out" --key "$keys/ours.key" &&
    refused "was not signed" env COSIGN_PRIVATE_KEY=rubbish bash ci/release/sign.sh files "$scratch/out" &&
    refused "name an image by its digest" sign image registry.example/a/b:latest --key "$keys/ours.key" &&
    refused "is not a folder" sign files /nowhere --key "$keys/ours.key" &&
    refused "the public key /nowhere cannot be read" bash ci/release/verify.sh files "$scratch/out" --key /nowhere
}

# A registry on loopback, with two tiny images in it.
start_registry() {
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
    "$scratch/registry" "$port" >"$scratch/registry.yml"
  docker-registry serve "$scratch/registry.yml" >"$logs/release-registry.log" 2>&1 &
  registry=$!
  trap 'kill "$registry" 2>/dev/null; rm -rf "$scratch"' EXIT
  local deadline=$((SECONDS + 30))
  until curl -fs "http://127.0.0.1:$port/v2/" >/dev/null; do
    if [ $SECONDS -ge $deadline ] || ! kill -0 "$registry" 2>/dev/null; then
      cat "$logs/release-registry.log"
      return 1
    fi
  done
}
push_image() { # push_image NAME: its digest goes into $scratch/NAME.digest
  local container
  mkdir -p "$scratch/context" && echo "$1" >"$scratch/context/$1"
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/storage"\nrunroot = "%s/run"\n' "$scratch" "$scratch" >"$scratch/storage.conf"
  export CONTAINERS_STORAGE_CONF=$scratch/storage.conf BUILDAH_ISOLATION=chroot
  container=$(buildah from scratch) && buildah copy -q "$container" "$scratch/context/$1" "/$1" >/dev/null &&
    buildah commit -q --rm --timestamp 0 "$container" "localhost/$1" >/dev/null &&
    buildah push -q --tls-verify=false --digestfile "$scratch/$1.digest" "localhost/$1" "docker://127.0.0.1:$port/$1"
}
image() { echo "127.0.0.1:$port/$1@$(cat "$scratch/$1.digest")"; }
signed_image() { sign image "$(image one)" --key "$keys/ours.key" && verify image "$(image one)"; }
image_wrong_key() { refused "is not signed by this key" bash ci/release/verify.sh image "$(image one)" --key "$keys/other.pub"; }
image_unsigned() { refused "is not signed by this key" verify image "$(image two)"; }
# The signature of one image put in the place of another's: it names a digest, and that is another.
image_borrowed_signature() {
  local from to
  from=sha256-$(cut -d: -f2 "$scratch/one.digest").sig to=sha256-$(cut -d: -f2 "$scratch/two.digest").sig
  cp -r "$scratch/registry/docker/registry/v2/repositories/one/." "$scratch/registry/docker/registry/v2/repositories/two/"
  mv "$scratch/registry/docker/registry/v2/repositories/two/_manifests/tags/$from" "$scratch/registry/docker/registry/v2/repositories/two/_manifests/tags/$to"
  refused "is not signed by this key" verify image "$(image two)"
}
image_gone() { refused "is not signed by this key" verify image "127.0.0.1:$port/one@sha256:$(printf '0%.0s' {1..64})"; }

# A checkout that is ready for a release, but for what a test takes from it: a commit of its own with the version told and the key in it.
new_checkout() {
  rm -rf "$scratch/checkout"
  mkdir -p "$scratch/checkout" && git archive HEAD | tar -x -C "$scratch/checkout" && (
    cd "$scratch/checkout" && git init --quiet . || exit
    version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
    mkdir -p bootc/keys build && cp "$keys/ours.pub" bootc/keys/punktfunk.pub
    # The scripts as they stand here, committed or not.
    cp "$root"/ci/release/*.sh ci/release/
    sed -i "s/^## Unreleased$/## $version - 2026-01-01/" CHANGELOG.md
    git add . && git -c user.name=test -c user.email=test@example.org commit --quiet -m ready
    # What a build leaves there.
    ln -s "$root/build/release-tools" build/release-tools
  )
}
# shellcheck disable=SC2120 # arguments come through refused
settings() ( # settings [VARIABLE=VALUE...]
  cd "$scratch/checkout" || exit
  digest=sha256:$(printf 'a%.0s' {1..64})
  version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
  env TAG="v$version" IMAGE=registry.example/owner/punktfunk BASE_IMAGE="registry.example/bazzite@$digest" BUILD_IMAGE="registry.example/debian@$digest" \
    REGISTRY_USER=me REGISTRY_PASSWORD=secret COSIGN_PASSWORD='' COSIGN_PRIVATE_KEY="$(cat "$keys/ours.key")" "$@" bash ci/release/settings.sh
)
# shellcheck disable=SC2119
settings_complete() { new_checkout && settings; }
settings_wrong() {
  refused "the tag must be v" settings TAG=v99.0.0 &&
    refused "BASE_IMAGE is \"registry.example/bazzite:stable\"" settings BASE_IMAGE=registry.example/bazzite:stable &&
    refused "BUILD_IMAGE is \"\"" settings BUILD_IMAGE= &&
    refused "IMAGE is \"registry.example/a/b@sha256:0\"" settings IMAGE=registry.example/a/b@sha256:0 &&
    refused "REGISTRY_PASSWORD is empty" settings REGISTRY_PASSWORD= &&
    refused "is not the private half of" settings COSIGN_PRIVATE_KEY="$(cat "$keys/other.key")" &&
    refused "is not the private half of" settings COSIGN_PASSWORD=wrong &&
    touch "$scratch/checkout/stray" && refused "changes that are not committed" settings && rm "$scratch/checkout/stray" &&
    git -C "$scratch/checkout" mv CHANGELOG.md OLD.md && refused "CHANGELOG.md has no part" settings
}
# The image of the release, with the tree that this checkout would install, into the registry on loopback.
publish() {
  new_checkout && (
    cd "$scratch/checkout" || exit
    mkdir -p build/image && cp "$CONTAINERS_STORAGE_CONF" build/image/
    cp -al "$root/node_modules" . 2>/dev/null || cp -a "$root/node_modules" .
    cp -r "$root/build/native" "$root/build/libexec" build/
    node packaging/payload.ts stage "$PWD/build/image/root" --kind image
    buildah tag localhost/one localhost/punktfunk:latest
    mkdir -p "$scratch/home/.config/containers"
    printf '[[registry]]\nlocation = "127.0.0.1:%s"\ninsecure = true\n' "$port" >"$scratch/home/.config/containers/registries.conf"
    env HOME="$scratch/home" TAG=v1 IMAGE="127.0.0.1:$port/owner/punktfunk" REGISTRY_USER=me REGISTRY_PASSWORD=secret \
      COSIGN_PRIVATE_KEY="$(cat "$keys/ours.key")" bash ci/release/publish-image.sh "$scratch/published"
  ) && verify image "127.0.0.1:$port/owner/punktfunk@$(cat "$scratch/published/image-digest.txt")" &&
    node ci/release/sbom.ts check "$scratch/published/punktfunk-image.spdx.json" --root "$scratch/checkout/build/image/root"
}
publish_with_a_wrong_key() {
  rm -rf "$scratch/registry/docker/registry/v2/repositories/owner"
  (
    cd "$scratch/checkout" || exit
    refused "is not signed by this key" env HOME="$scratch/home" TAG=v1 IMAGE="127.0.0.1:$port/owner/punktfunk" REGISTRY_USER=me \
      REGISTRY_PASSWORD=secret COSIGN_PRIVATE_KEY="$(cat "$keys/other.key")" bash ci/release/publish-image.sh "$scratch/unpublished"
  ) && [ "$(tags_of owner/punktfunk)" = unsigned-v1 ]
}
tags_of() { curl -fs "http://127.0.0.1:$port/v2/$1/tags/list" | node -p 'JSON.parse(require("fs").readFileSync(0)).tags.filter((tag) => !tag.endsWith(".sig")).join(" ")'; }
checklist() {
  new_checkout && (
    cd "$scratch/checkout" || exit
    mkdir -p build && cp -r "$root/build/libexec" build/ && mkdir "$scratch/release" && cp "$scratch/published/punktfunk-image.spdx.json" "$scratch/release/"
    COSIGN_PRIVATE_KEY=$(cat "$keys/ours.key") bash ci/release/sign.sh files "$scratch/release"
    bash ci/release/check-release.sh "$scratch/release" >"$scratch/checklist" || { cat "$scratch/checklist" && exit 1; }
    cat "$scratch/checklist"
    grep -q 'bootc container lint' "$scratch/checklist" && grep -q 'SELinux' "$scratch/checklist" && grep -q 'A real GPU' "$scratch/checklist" || exit
    # With a file more, and with a bill that is none.
    echo x >"$scratch/release/stowaway" && refused "WRONG     not so: every file of" bash ci/release/check-release.sh "$scratch/release" &&
      echo '{}' >"$scratch/release/other.spdx.json" && refused "WRONG     not so: the bill of materials other" bash ci/release/check-release.sh "$scratch/release"
  )
}

if reason=$(have_tools) && have_tools; then
  check "two pairs of keys" make_keys
  check "a folder is signed and verified" files_in_order
  check "the key comes from the environment" key_from_environment
  check "a folder: another key is refused" wrong_key
  check "a folder: a changed file is refused" tampered_file
  check "a folder: changed sums are refused" tampered_sums
  check "a folder: a file that was not signed is refused" unknown_file
  check "a folder: a missing file is refused" missing_file
  check "a folder without a signature is refused" no_signature
  check "what is missing is said in a sentence" clear_sentences
  check "settings that are complete" settings_complete
  check "settings that are not: a sentence each" settings_wrong
  if [ "$(id -u)" != 0 ] || ! command -v buildah >/dev/null; then
    skip "signing an image" "making one needs root and buildah"
  elif ! reason=$(can_mount); then
    skip "signing an image" "$reason"
  elif check "a registry on loopback" start_registry && check "two images in it" eval 'push_image one && push_image two'; then
    check "an image is signed and verified" signed_image
    check "an image: another key is refused" image_wrong_key
    check "an image that is not signed is refused" image_unsigned
    check "an image with another's signature is refused" image_borrowed_signature
    check "an image that is not there is refused" image_gone
    check "an image is published: pushed, signed, verified, tagged, its bill beside it" publish
    check "signed by another key it gets no tag" publish_with_a_wrong_key
    check "the checklist looks at what it can, and names what nobody verified" checklist
  fi
else
  skip "signing and verifying" "$reason"
fi
finish
