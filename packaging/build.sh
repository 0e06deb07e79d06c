#!/bin/bash
# Builds packages of a checkout that is set up and built: packaging/build.sh --help
# shellcheck disable=SC2034 # what it sets is for the formats' build.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=packaging/common.sh
. "$root/packaging/common.sh"

usage() {
  cat <<'TEXT'
Builds packages of this checkout, from packaging/payload.txt.

  packaging/build.sh [deb|rpm|arch|sysext|all] [--out DIR]

  --out DIR           where they go (default build/packages)
  --sysext-id ID[:V]  the system a sysext is for: ID and VERSION_ID of its
                      os-release, such as fedora:44 (default _any)

PUNKTFUNK_MAINTAINER="Name <address>" is who packages say they are from.
SOURCE_DATE_EPOCH dates their files (default: the last commit's time): the same
tree gives the same bytes. A kind whose tools are missing does not keep the
others from being built. Exit codes: 0 done, 1 something could not be built,
2 wrong usage.
TEXT
}
misused() {
  echo "packaging/build.sh: $*; see --help" >&2
  exit 2
}

kinds='' out=$root/build/packages sysext_id=_any sysext_version=''
while [ $# -gt 0 ]; do
  case $1 in
    deb | rpm | arch | sysext) kinds="$kinds $1" ;;
    all) kinds='deb rpm arch sysext' ;;
    --out)
      [ -n "${2-}" ] || misused "--out needs a folder"
      out=$2
      shift
      ;;
    --sysext-id)
      [[ ${2-} =~ ^[a-z0-9._-]+(:[a-z0-9._-]+)?$ ]] || misused "--sysext-id needs ID or ID:VERSION_ID"
      sysext_id=${2%%:*}
      case $2 in *:*) sysext_version=${2#*:} ;; esac
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) misused "there is no \"$1\"" ;;
  esac
  shift
done
kinds=${kinds:-deb rpm arch sysext}

[ -x "$node" ] || fail "the checkout is not set up: $node is missing. Run: npm run setup"
mkdir -p "$out" || fail "$out cannot be made."
out=$(cd "$out" && pwd)
version=$(about version)
SOURCE_DATE_EPOCH=$(date_of_files)
export SOURCE_DATE_EPOCH
maintainer=${PUNKTFUNK_MAINTAINER:-punktfunk maintainers <maintainers@punktfunk.invalid>}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
umask 022

for kind in $kinds; do
  # shellcheck source=/dev/null
  . "$root/packaging/$kind/build.sh"
done
# The host, and the measuring kit beside it; a system extension is both.
build() { # build KIND
  local name stage
  for name in $([ "$1" = sysext ] || echo punktfunk punktfunk-harness); do
    stage=$work/$1/$name/tree
    mkdir -p "$work/$1/$name"
    "$node" "$root/packaging/payload.ts" stage "$stage" --kind "$1" --package "$name" || fail "the files of the $1 could not be gathered."
    "build_$1" "$stage" "$work/$1/$name" "$name" || fail "the $1 could not be built (its messages are above)."
  done
  [ "$1" = sysext ] || return 0
  mkdir -p "$work/sysext"
  "$node" "$root/packaging/payload.ts" stage "$work/sysext/tree" --kind sysext || fail "the files of the sysext could not be gathered."
  build_sysext "$work/sysext/tree" || fail "the sysext could not be built (its messages are above)."
}
failed=0
for kind in $kinds; do
  if ! ("need_$kind"); then # it has said which tool, and where that is
    failed=1
    continue
  fi
  echo "packaging: building the $kind" >&2
  (build "$kind") || failed=1
done
exit "$failed"
