#!/bin/bash
# What the image's build says of bases and networks that it cannot use. Needs the stand-in base: `npm run image` has made it.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/abilities.sh
. ci/abilities.sh
export CONTAINERS_STORAGE_CONF=$root/build/image/storage.conf BUILDAH_ISOLATION=chroot TMPDIR=$root/build/image/tmp
if [ "$(id -u)" != 0 ] || ! command -v buildah >/dev/null; then
  skip "bases that are refused" "building an image needs root and buildah"
  finish
  exit
fi
reason=$(can_mount) || {
  skip "bases that are refused" "$reason"
  finish
  exit
}
base=$(buildah images --format '{{.CreatedAtRaw}} {{.Name}}:{{.Tag}}' 2>/dev/null | grep punktfunk-standin | sort | tail -n 1 | sed 's/.* //')
if [ -z "$base" ]; then
  flunk 1 "there is no stand-in base; run: npm run image"
  finish
  exit
fi

# A base that differs from the stand-in by one command.
changed_base() { # changed_base NAME COMMAND
  local container
  container=$(buildah from --pull-never "$base") &&
    buildah run "$container" -- sh -c "$2" && buildah commit -q --rm "$container" "localhost/refused:$1" >/dev/null
}
# The build ends, within moments and with just this sentence; the image that was there stays.
refused() { # refused NAME SENTENCE [IMAGE-OPTIONS...]
  local before after said=$logs/image-base-$1.txt sentence=$2
  shift 2
  before=$(buildah images -q localhost/punktfunk:latest)
  if bash tools/image.sh --no-root "$@" >"$said" 2>&1; then
    echo "the build succeeded" && return 1
  fi
  after=$(buildah images -q localhost/punktfunk:latest)
  if ! grep -qE "$sentence" "$said"; then cat "$said" && return 1; fi
  [ "$before" = "$after" ]
}
lacking_sway() {
  changed_base no-sway 'rm /usr/bin/sway /usr/bin/foot' &&
    refused no-sway 'the base lacks sway foot, without which nothing can be streamed' --base localhost/refused:no-sway
}
other_family() {
  # shellcheck disable=SC2016
  changed_base alpine 'printf "ID=alpine\nPRETTY_NAME=\"Alpine Linux v3.22\"\n" >/usr/lib/os-release' &&
    refused alpine "the base is .Alpine Linux v3.22., and only bases of Fedora's family" --base localhost/refused:alpine
}
no_network() { http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 refused no-network 'Is the network up' --base "$base"; }
no_such_base() { refused no-such-base 'the image could not be built' --base localhost/nothing:none; }

check "a base without what is needed" lacking_sway
check "a base of another family" other_family
check "no network" no_network
check "a base that does not exist" no_such_base
for name in no-sway alpine; do buildah rmi "localhost/refused:$name" >/dev/null 2>&1; done
finish
