# shellcheck shell=sh
# The web console, built by packages of its own, and what tells that it is still good: its sources; sourced by setup.sh after npm.sh.
# shellcheck disable=SC2154

describe_console() {
  # The types that it is checked by, and the generator of src/api, are more than its build needs. What a developer has stays.
  console_kinds='--omit=dev'
  case $goal,$(cat build/stamps/console-packages 2>/dev/null) in dev,* | all,* | *,--include=dev*) console_kinds='--include=dev' ;; esac
  console_lock="$console_kinds $(sha256sum src/console/package-lock.json | cut -d' ' -f1)"
  # The same in every locale.
  console_made_from=$(find src/console src/api -type f ! -path '*/node_modules/*' ! -name '*.test.ts' -print0 2>/dev/null |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}
console_is_fresh() { [ -s build/console/index.html ] && fresh console "$console_made_from"; }
# Needed while the console is built, and by the type checker.
console_packages_are_fresh() { [ -x src/console/node_modules/.bin/vite ] && fresh console-packages "$console_lock"; }

install_console_packages() {
  rm -f build/stamps/console-packages
  # shellcheck disable=SC2034 # npm_place of setup/npm.sh counts up to it
  packages_of_lock=$(grep -c '^    "node_modules/' src/console/package-lock.json)
  npm_in src/console console-packages ci "$console_kinds" --include=optional
  [ -x src/console/node_modules/.bin/vite ] || fail "npm reported no error, but src/console/node_modules has no vite."
  stamp console-packages "$console_lock"
}

build_console() {
  rm -f build/stamps/console
  node src/console/build.ts >build/console.log 2>&1 || {
    tail -n 20 build/console.log >&2
    fail "the console could not be built; all of the output is in build/console.log."
  }
  [ -s build/console/index.html ] || fail "the console's build reported no error, but there is no build/console/index.html."
  stamp console "$console_made_from"
}
