#!/bin/bash
# npm run image: builds the appliance's image; see --help.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/common.sh"
cd "$root"
# What is made here is for every user of the machine that boots it.
umask 022
out=$(realpath -m "$root/build/image")
suite=trixie

usage() {
  cat <<'TEXT'
npm run image [-- OPTIONS]: builds the appliance's image, a bootc image that
adds punktfunk to its base.

  --base REFERENCE     the image to build on; default: a Debian stand-in, made
                       here, which proves everything but Bazzite itself
  --tag NAME           the name of the image that is built; default:
                       localhost/punktfunk:latest
  --signed-from REF    where updates of this image come from, signed by
                       bootc/keys/punktfunk.pub (a release has this)
  --no-root            leave out build/image/root, the image's tree as a plain
                       folder, on which the tests work

It needs root, buildah, and for the stand-in mmdebstrap; about five minutes the
first time, less when the base is there. It leaves build/image/image.json (id,
base, sizes, labels) and the image in build/image/storage:
  CONTAINERS_STORAGE_CONF=build/image/storage.conf buildah images
For a release, name Bazzite by digest:
  npm run image -- --base ghcr.io/ublue-os/bazzite:stable@sha256:...
TEXT
}

base='' tag=localhost/punktfunk:latest signed_from='' tree=yes
while [ $# -gt 0 ]; do
  case $1 in
    --base | --tag | --signed-from)
      [ $# -ge 2 ] || fail "$1 needs a value; see --help."
      case $1 in --base) base=$2 ;; --tag) tag=$2 ;; --signed-from) signed_from=$2 ;; esac
      shift 2
      ;;
    --no-root) tree=no && shift ;;
    --help | -h) usage && exit 0 ;;
    *) fail "there is no option $1; see --help." ;;
  esac
done

[ "$(id -u)" = 0 ] || fail "building an image needs root: sudo npm run image"
missing=''
for program in buildah crun:crun $([ -n "$base" ] || echo mmdebstrap); do
  command -v "${program%%:*}" >/dev/null || missing="$missing ${program##*:}"
done
[ -z "$missing" ] || fail "these programs are missing:$missing
Install them: apt-get install --no-install-recommends$missing"

mkdir -p "$out"
# A store of its own: the machine's images are neither used nor changed, and it goes with the folder.
cat >"$out/storage.conf" <<TEXT
[storage]
driver = "overlay"
graphroot = "$out/storage"
runroot = "$out/run"
TEXT
export CONTAINERS_STORAGE_CONF=$out/storage.conf BUILDAH_ISOLATION=chroot
# Layers are unpacked here on their way: the folder for temporary files may be a small file system in memory.
export TMPDIR=$out/tmp
mkdir -p "$TMPDIR"

make_stand_in() {
  local made_from
  made_from=$(cat bootc/standin/* | sha256sum | cut -c1-16)
  base=localhost/punktfunk-standin:$suite-$made_from
  if buildah inspect --type image "$base" >/dev/null 2>&1; then return 0; fi
  say "Making the stand-in base (Debian $suite; a minute or two)"
  # A tree for every user to read, though the folders above may be closed to them.
  local tar=$out/standin.tar packages
  packages=$(grep -v '^#' bootc/standin/packages.txt | paste -sd,)
  TMPDIR=/tmp mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Retries "5"' --include="$packages" --setup-hook="sh '$root/bootc/standin/prepare.sh' \"\$1\"" \
    --customize-hook="sh '$root/bootc/standin/shape.sh' \"\$1\"" "$suite" "$tar" ||
    fail "the stand-in base could not be made (the reason is above). Is the network up?"
  local container
  container=$(buildah from scratch)
  buildah add -q "$container" "$tar" / >/dev/null
  buildah config --label containers.bootc=1 --label ostree.bootable=true --cmd /sbin/init "$container"
  buildah commit -q --rm --timestamp 0 "$container" "$base" >/dev/null
  rm -f "$tar"
}

# Bytes that the files of an image take: what a rebase downloads and keeps, before compression.
tree_size() {
  local container mount
  container=$(buildah from --pull-never "$1")
  mount=$(buildah mount "$container")
  du -sxB1 --apparent-size "$mount" | cut -f1
  buildah rm "$container" >/dev/null
}

[ -n "$base" ] || make_stand_in
say "Building the image on $base"
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
# No layer is kept between builds: writing them out costs more than it saves. One time for every file: the same commit gives the same id.
secrets=()
for certificates in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$certificates" ] || secrets=(--secret "id=certificates,src=$certificates")
done
buildah build "${secrets[@]}" --layers=false --timestamp 0 --build-arg BASE_IMAGE="$base" --build-arg VERSION="$version" --build-arg REVISION="$revision" \
  --build-arg SIGNED_REFERENCE="$signed_from" --ignorefile .containerignore --tag "$tag" . >"$out/build.log" 2>&1 || {
  tail -n 30 "$out/build.log" >&2
  fail "the image could not be built; all of its output is in build/image/build.log."
}

# The image that had the name before, and what a build that failed left.
buildah rmi --prune >/dev/null

say "Measuring"
size_bytes=$(tree_size "$tag") base_size_bytes=$(tree_size "$base")
of_image() { buildah inspect --type image --format "{{$1}}" "$tag"; }
# shellcheck disable=SC2016 # Go's template, not the shell's
labels=$(of_image 'range $name, $value := .OCIv1.Config.Labels}}{{printf "%q: %q\n" $name $value}}{{end' | sed '/^$/d' | paste -sd,)
cat >"$out/image.json" <<TEXT
{
  "id": "$(of_image .FromImageID)",
  "digest": "$(of_image .FromImageDigest)",
  "base": "$base",
  "size_bytes": $size_bytes,
  "base_size_bytes": $base_size_bytes,
  "labels": {$labels}
}
TEXT

if [ "$tree" = yes ]; then
  container=$(buildah from --pull-never "$tag")
  rm -rf "$out/root"
  cp -a "$(buildah mount "$container")" "$out/root"
  buildah rm "$container" >/dev/null
fi
say "$tag adds $(((size_bytes - base_size_bytes) / 1000000)) MB to its base; see build/image/image.json"
