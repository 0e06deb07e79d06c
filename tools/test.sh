#!/bin/bash
# npm test: sets up what is missing and runs every test. The last line is "N passed, N failed".
#   tools/test.sh [native|sanitizers|fuzz|static|typescript ...]      default: all of them
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/common.sh"
cd "$root" || exit 1
sh tools/setup.sh test || { echo "0 passed, 1 failed"; exit 1; }
PATH=$node_bin:$root/node_modules/.bin:$PATH
export PATH CCACHE_BASEDIR=$root
steps=${*:-static native sanitizers fuzz typescript}
fuzz_seconds=${PUNKTFUNK_FUZZ_SECONDS:-10}
logs=$root/build/test-logs
mkdir -p "$logs"
passed=0 failed=0 skips=()
began=$SECONDS

section() { say "
== $1 ($((SECONDS - began)) s)"; }
pass() { passed=$((passed + $1)); }
flunk() {
  failed=$((failed + $1))
  echo "FAILED: $2"
}
# One check that passes or fails as a whole: check NAME COMMAND...
check() {
  local name=$1 log=$logs/check-${1// /-}.log
  shift
  if "$@" >"$log" 2>&1; then
    echo "ok: $name"
    pass 1
  else
    tail -n 30 "$log"
    flunk 1 "$name"
  fi
}
# Tests run as an ordinary user, in a folder of theirs for what they write.
as_user() { sh "$root/tools/as-user.sh" env TMPDIR="$scratch" XDG_CACHE_HOME="$scratch/cache" HOME="$scratch" "$@"; }
scratch=$(mktemp -d /tmp/punktfunk-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
chmod 1777 "$scratch"

build() { # build DIRECTORY TARGETS CMAKE-OPTIONS...
  local directory=build/$1 targets=$2 log=$logs/build-$1.log
  shift 2
  # shellcheck disable=SC2086 # a list of words
  if ! { cmake -S . -B "$directory" -G Ninja "$@" && cmake --build "$directory" --target $targets; } >"$log" 2>&1; then
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
  # The install test writes its manifest into the build folder itself.
  if [ "$(id -u)" = 0 ]; then chmod -R a+rwX "build/$directory/Testing" && chmod a+rwX "build/$directory"; fi
  as_user ctest --test-dir "build/$directory" --verbose --timeout 300 "$@" >"$log" 2>&1
  ok=$(sed -n 's/.*test cases: *[0-9]* | *\([0-9]*\) passed.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
  bad=$(sed -n 's/.*test cases:.*| *\([0-9]*\) failed.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
  # Programs without cases of their own count as one test each.
  while read -r name; do
    grep -q "^$name\$" <(tested_by_doctest "$log") || ok=$((ok + 1))
  done < <(sed -n 's/.*Test *#[0-9]*: \([^ ]*\) \.* *Passed.*/\1/p' "$log")
  broken=$(grep -E 'Test +#[0-9]+: .*\*\*\*' "$log" | grep -cv 'Skipped')
  [ "$broken" -le "$bad" ] || bad=$broken
  if [ "$ok" = 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  grep -E 'Test +#[0-9]+:|SKIPPED' "$log" | sed 's/^[0-9]*: //'
  while read -r line; do skips+=("$line"); done < <(sed -n 's/^[0-9]*: \(\(SKIPPED\|skipped:\).*\)/\1/p' "$log")
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

for step in $steps; do
  case $step in
    static)
      section "static checks"
      check "type check" tsc --noEmit
      check "lint" node_modules/@biomejs/cli-linux-x64/biome check --error-on-warnings .
      check "form of the C++ files" sh tools/format-native.sh
      # shellcheck disable=SC2046 # a list of files
      check "shell scripts" shellcheck -x $(git ls-files '*.sh') tools/bin/punktfunk-host tools/bin/punktfunk-harness .ci/run
      ;;
    native)
      section "C++ tests"
      build test all -DPUNKTFUNK_TESTS=ON && run_ctest test
      ;;
    sanitizers)
      section "C++ tests under AddressSanitizer and UBSan"
      build asan "test_core test_input test_control test_transport test_capture test_client test_encode" -DPUNKTFUNK_TESTS=ON \
        -DPUNKTFUNK_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
        run_ctest asan -R '^(core|input|control|transport|capture|client|encode)$'
      section "C++ tests under ThreadSanitizer"
      build tsan "test_transport test_control" -DPUNKTFUNK_TESTS=ON -DPUNKTFUNK_SANITIZE=thread -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
        run_ctest tsan -R '^(transport|control)$'
      ;;
    fuzz)
      section "fuzzers, $fuzz_seconds s each"
      # shellcheck disable=SC2046 # a list of names
      if build fuzz "$(basename -as .cpp native/fuzz/fuzz_*.cpp | tr '\n' ' ')" -DPUNKTFUNK_FUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DPUNKTFUNK_WERROR=OFF; then
        fuzzers=0
        for fuzzer in build/fuzz/native/fuzz/fuzz_*; do
          if [ ! -x "$fuzzer" ] || [ ! -f "$fuzzer" ]; then continue; fi
          fuzzers=$((fuzzers + 1))
          check "${fuzzer##*/}" env -C "$scratch" "$root/$fuzzer" -max_total_time="$fuzz_seconds" -print_final_stats=1
        done
        [ "$fuzzers" -gt 0 ] || flunk 1 "no fuzzer was built"
      fi
      ;;
    typescript)
      section "TypeScript tests"
      log=$logs/tap.log
      mkdir -p .tap && chmod -R a+rwX .tap
      # shellcheck disable=SC2046 # a list of files
      as_user tap run --reporter=tap $(git ls-files '*.test.ts') >"$log" 2>&1
      counts=$(grep -E '^# \{ total:' "$log" | tail -n 1)
      ok=$(sed -n 's/.*pass: \([0-9]*\).*/\1/p' <<<"$counts")
      bad=$(sed -n 's/.*fail: \([0-9]*\).*/\1/p' <<<"$counts")
      if [ -z "$counts" ]; then bad=1; fi
      grep -E '^(not )?ok ' "$log"
      while read -r line; do skips+=("$line"); done < <(sed -n 's/^ *\(ok .*# SKIP.*\)/\1/p' "$log")
      pass "${ok:-0}"
      if [ "${bad:-0}" != 0 ]; then
        grep -E '^ *not ok' -A 12 "$log" | head -n 80
        flunk "$bad" "TypeScript tests (all of it in $log)"
      fi
      ;;
    *)
      echo "There is no step \"$step\": static, native, sanitizers, fuzz, typescript." >&2
      exit 2
      ;;
  esac
done

if [ ${#skips[@]} -gt 0 ]; then
  section "skipped: ${#skips[@]}"
  printf '  %s\n' "${skips[@]}"
fi
section "done"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
