#!/bin/sh
# npm run bench: what the project's work costs on this machine; --help tells more.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/tools/common.sh"
. "$root/tools/setup/progress.sh"
cd "$root"

usage() {
  cat <<'TEXT'
npm run bench [-- fec|pipeline|picture|launch|sound [OPTION...]]: what the
project's work costs on this machine. For figures that mean something nothing
else runs meanwhile.

  npm run bench                      all, about 12 minutes
  npm run bench -- fec --quick       the erasure codes, alone and beside others
  npm run bench -- pipeline          CPU time and latency of a frame, by stage
  npm run bench -- picture           what a client gets of the desktop: rate,
                                     age, quality, cost of its pictures
  npm run bench -- launch            launch to first picture, the gap when an
                                     engine dies, with a spare one and without
  npm run bench -- sound             from a click on the desktop until a client
                                     hears it, and how its picture fits

fec:
  --json FILE     all figures in FILE (- for the terminal, without the tables)
  --peer LIBRARY  another erasure code takes part (native/bench/peers/README.md)
  --isa NAME      our code's instructions: scalar, ssse3, avx2, gfni+avx2,
                  gfni+avx512, neon
  --repair WAY    how GF(2^16) repairs: syndromes, interpolation, whole
  --only K,M      this shape alone: K shards of data, M of parity; relay: the
                  harness's relay alone
  --bytes N       this size of a shard alone
  --quick         fewer and shorter rounds

pipeline:
  --seconds N     measured seconds a case (10)
  --case NAME     this case alone, e.g. 1080p60 or "sway 720p60"; as often as
                  you like
  --json          the figures as JSON

picture:
  --seconds N     measured seconds a run (8)
  --rounds N      runs of each case, of which the median is told (1)
  --case NAME     this case alone, e.g. "pan 720p60"; as often as you like
  --against DIR   beside the host of another checkout, in turns
  --json          the figures as JSON

launch:
  --rounds N      so often each (5)
  --json          the figures as JSON

sound:
  --seconds N     measured seconds a case (20)
  --case NAME     this case alone, e.g. "720p60 busy"; as often as you like
  --against DIR   beside the host of another checkout, in turns
  --json          the figures as JSON

What the figures mean is said below them; docs/benchmarks.md has some to
compare.
TEXT
}

for word in "$@"; do case $word in -h | --help) usage && exit 0 ;; esac; done
which=${1:-all}
[ $# = 0 ] || shift
case $which in
  fec | pipeline | picture | launch | sound | all) ;;
  -*) fail "$which is an option of one benchmark: npm run bench -- fec $which, or npm run bench -- pipeline $which. See --help." ;;
  *) fail "there is no benchmark \"$which\": fec, pipeline, picture, launch, sound. See --help." ;;
esac
# Said before anything is installed: the desktop that is captured is a headless Sway, which refuses root.
[ "$which" = fec ] || sh tools/as-user.sh true
sh tools/setup.sh bench >&2

if [ "$which" = fec ] || [ "$which" = all ]; then
  compile() {
    cmake -S . -B build/bench -G Ninja -DPUNKTFUNK_BENCH=ON && cmake --build build/bench --target punktfunk-bench
  }
  log=build/bench.log
  counted "benchmark's build" "$log" ninja_place compile >&2 || {
    tail -n 40 "$log" >&2
    fail "the benchmarks do not build; all of it is in $log."
  }
  bench=$(find build/bench -type f -name punktfunk-bench -perm -u+x)
  [ "$which" = all ] || exec "$bench" "$@"
  "$bench"
fi
for each in pipeline picture launch sound; do
  case $which in "$each" | all) sh tools/as-user.sh node "harness/bench/$each.ts" "$@" ;; esac
done
