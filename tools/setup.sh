#!/bin/sh
# Makes this machine and this checkout ready: system packages, npm packages with
# the pinned Node, the native build. What is done is not done again.
#   setup.sh [run|bench|dev|all]     each has what the one before it has:
#     run     what npm start needs
#     bench   what npm run bench needs
#     dev     what npm test, the linters and the formatters need
#     all     what npm run test:all needs
# PUNKTFUNK_SKIP_PACKAGES=1: system packages are somebody else's care.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/tools/common.sh"
goal=${1:-run}
# shellcheck disable=SC2034 # used by what is sourced
case $goal in
  -h | --help) sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" && exit ;;
  run) groups='run|build' ;;
  bench) groups='run|build|bench' ;;
  dev) groups='run|build|bench|dev' ;;
  all) groups='run|build|bench|dev|all' ;;
  *) fail "there is no goal \"$goal\" of the set-up: run, bench, dev, all." ;;
esac
umask 022
cd "$root"
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "this build is for Linux on x86-64; this machine is $(uname -s) $(uname -m)."
. tools/setup/progress.sh
. tools/setup/packages.sh
. tools/setup/npm.sh
. tools/setup/native.sh
. tools/setup/console.sh

prepare_tap() {
  rm -f build/stamps/tap
  node_modules/.bin/tap build >build/tap.log 2>&1 || { tail -n 20 build/tap.log >&2; fail "tap build failed; all of its output is in build/tap.log."; }
  [ -d .tap/plugins ] || fail "tap build reported no error, but there is no .tap/plugins."
  stamp tap "$tap_made_from"
}

# Sets what is to be done, one variable a step; empty: nothing.
look() {
  packages='' npm='' tap='' native='' runtime='' console='' console_packages=''
  if [ -n "${PUNKTFUNK_SKIP_PACKAGES-}" ]; then :; elif command -v apt-get >/dev/null 2>&1; then packages=$(wanted_packages); else other_systems; fi
  choose_npm_packages
  npm_is_fresh || npm=yes
  tap_made_from=$(cat .taprc package-lock.json | sha256sum | cut -d' ' -f1)
  case $goal in dev | all) { [ -d .tap/plugins ] && fresh tap "$tap_made_from"; } || tap=yes ;; esac
  describe_native
  native_is_fresh || native=yes
  { [ -z "$npm" ] && engine_is_fresh; } || runtime=yes
  describe_console
  console_is_fresh || console=yes
  case $console$goal in yes* | dev | all) console_packages_are_fresh || console_packages=yes ;; esac
}

# Before the first step, not after it: a set-up by sudo leaves files that its user cannot replace.
may_write() {
  [ "$(id -u)" != 0 ] || return 0
  me=$(id -u)
  for folder in build node_modules src/console/node_modules .tap; do
    depth=''
    [ -e "$folder" ] || folder=. depth='-maxdepth 0'
    # shellcheck disable=SC2086 # two words or none
    closed=$(find "$folder" $depth \( -type d -o -type f ! -user "$me" \) ! -writable -print -quit)
    [ -z "$closed" ] || fail "$(quoted "$root/${closed#./}") belongs to $(stat -c %U "$closed"), and this user may not write it. Give the checkout back to its user:
  sudo chown -R $(id -un) $(quoted "$root")"
  done
}
# What root makes in a user's checkout is the user's.
give_back() {
  owner=$(stat -c %u:%g "$root")
  [ "${owner%:*}" = 0 ] || for folder in build node_modules src/console/node_modules .tap; do [ ! -e "$folder" ] || chown -R "$owner" "$folder"; done
}

plan() {
  cpus=$(nproc)
  build_minutes=$(((4 + cpus - 1) / cpus)) minutes=0
  if [ -n "$packages" ]; then minutes=$((minutes + 2)); fi
  if [ -n "$npm" ]; then minutes=$((minutes + 1)); fi
  if [ -n "$native" ]; then minutes=$((minutes + build_minutes)); fi
  say "Setting up, about $minutes minutes; it is done once, and then needs no network."
  [ -z "$packages" ] || printf '  %-16s %s, with what they need: %s\n' "system packages" "$(echo "$packages" | wc -w)" "$(size_of_packages)"
  if [ -n "$npm" ]; then
    case $npm_kinds in --omit=dev) size='65 MB down, 225 MB on disk' ;; *) size='125 MB down, 510 MB on disk' ;; esac
    printf '  %-16s %s\n' "npm packages" "the pinned Node among them: $size"
  fi
  [ -z "$console_packages" ] || printf '  %-16s %s\n' "console" "its npm packages: 25 MB down, 130 MB on disk"
  [ -z "$native" ] || printf '  %-16s %s\n' "build" "140 C++ files with $cpus processors, 20 MB on disk"
}

look
[ -n "$packages$npm$tap$native$runtime$console$console_packages" ] || exit 0
mkdir -p build 2>/dev/null || :
may_write
[ "$(id -u)" != 0 ] || trap give_back EXIT
# One at a time in a checkout: npm start and npm test in two terminals.
exec 9>build/setup.lock
flock -n 9 || { say "Another set-up is at work in this checkout; waiting for it." && flock 9; }
look
# A changed source alone is no plan.
if [ -n "$packages$npm" ] || { [ -n "$console_packages" ] && [ ! -d src/console/node_modules ]; } || { [ -n "$native" ] && [ ! -d build/native ]; }; then plan; fi
[ -z "$packages" ] || install_packages
[ -z "$npm" ] || install_npm_packages
[ -z "$console_packages" ] || install_console_packages
# From here on all is the pinned Node's, and without the settings of the user's, which npm needed (NODE_EXTRA_CA_CERTS).
forget_node_settings
PATH=$node_bin:$PATH
export PATH
[ -z "$runtime" ] || place_engine
[ -z "$tap" ] || prepare_tap
[ -z "$native" ] || build_native
[ -z "$console" ] || build_console
