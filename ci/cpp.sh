# shellcheck shell=bash
# Building and running the C++ tests; sourced after ci/common.sh by the steps that do.
# shellcheck disable=SC2154

# shellcheck source=tools/setup/progress.sh
. tools/setup/progress.sh

configure_and_build() { # DIRECTORY TARGETS CMAKE-OPTIONS...
  # shellcheck disable=SC2086 # a list of words
  cmake -S . -B "$1" -G Ninja "${@:3}" && cmake --build "$1" --target $2
}
build() { # build DIRECTORY TARGETS CMAKE-OPTIONS...
  local directory=build/$1 targets=$2 log=$logs/build-$1.log
  shift 2
  if ! counted "$directory" "$log" ninja_place configure_and_build "$directory" "$targets" "$@"; then
    grep -E 'error|FAILED|CMake Error' "$log" | head -n 30
    flunk 1 "build of $directory (all of it in $log)"
    return 1
  fi
}
# Runs a build folder's tests and counts doctest's cases; a program that died without a count is one failure.
run_ctest() { # run_ctest DIRECTORY [CTEST-OPTIONS...]
  local directory=$1 log=$logs/ctest-$1.log ok bad broken
  shift
  mkdir -p "build/$directory/Testing"
  # The install test writes its manifest there.
  : >>"build/$directory/install_manifest_core.txt"
  if [ "$(id -u)" = 0 ]; then chmod -R a+rwX "build/$directory/Testing" "build/$directory/install_manifest_core.txt"; fi
  # The limit is an end for what hangs, one that a busy machine meets; ctest ends a test's children with it.
  show_while "$log" 'Test +#[0-9]+:' as_user ctest --test-dir "build/$directory" --verbose --timeout 1200 "$@"
  ok=$(sed -n 's/.*test cases: *[0-9]* | *\([0-9]*\) passed.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
  bad=$(sed -n 's/.*test cases:.*| *\([0-9]*\) failed.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
  # Programs without cases of their own count as one test each.
  while read -r name; do
    grep -q "^$name\$" <(tested_by_doctest "$log") || ok=$((ok + 1))
  done < <(sed -n 's/.*Test *#[0-9]*: \([^ ]*\) \.* *Passed.*/\1/p' "$log")
  broken=$(grep -E 'Test +#[0-9]+: .*\*\*\*' "$log" | grep -cv 'Skipped')
  [ "$broken" -le "$bad" ] || bad=$broken
  if [ "$ok" = 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  sed -n 's/^[0-9]*: *\(SKIPPED\|skipped\):* */skipped: /p' "$log"
  pass "$ok"
  if [ "$bad" != 0 ]; then
    grep -E 'ERROR|FATAL|TEST CASE|Sanitizer|runtime error' "$log" | head -n 40
    flunk "$bad" "C++ tests in build/$directory (all of it in $log)"
  fi
}
# Names of the ctest tests whose output holds a doctest count.
tested_by_doctest() {
  awk '/^test [0-9]+$/ {n = $2} match($0, /^ *Start +[0-9]+: /) {split($0, w, ": "); name[w[1] + 0] = w[2]; sub(/.*Start +/, "", w[1]); by[w[1]] = w[2]}
       match($0, /^[0-9]+: \[doctest\] test cases/) {split($0, w, ":"); print by[w[1]]}' "$1"
}
