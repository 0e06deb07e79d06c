#!/bin/sh
# npm run bench: what the project's work costs on this machine. For figures that mean something nothing else runs meanwhile.
#   bench.sh fec [OPTION...]         the erasure codes, alone and beside others (docs/benchmarks.md)
#   bench.sh pipeline [OPTION...]    CPU time and latency of a frame, stage by stage
#   bench.sh                         both
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/common.sh"
cd "$root"
which=${1:-both}
[ $# = 0 ] || shift
case $which in fec | pipeline | both) ;; *) fail "there is no benchmark \"$which\": fec, pipeline." ;; esac
sh tools/setup.sh bench >&2

if [ "$which" != pipeline ]; then
  log=build/bench.log
  { cmake -S . -B build/bench -G Ninja -DPUNKTFUNK_BENCH=ON && cmake --build build/bench --target punktfunk-bench; } >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    fail "the benchmarks do not build; all of it is in $log."
  }
  bench=$(find build/bench -type f -name punktfunk-bench -perm -u+x)
  [ "$which" = both ] || exec "$bench" "$@"
  "$bench"
fi
# The desktop that is captured is a headless Sway, which refuses root.
exec sh tools/as-user.sh node harness/bench/pipeline.ts "$@"
