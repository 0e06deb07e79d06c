#!/bin/bash
# The loss sweep, whole: every code, size, parity and loss on real packets, each cell against its exact probability. Then the proof that it
# can fail: the same packets through a channel that loses a tenth more than the computation is told.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
worker=$root/build/native/bin/punktfunk-loss-sweep
sweep() { timeout 300 node harness/main.ts loss-sweep "$@"; }
all_cells() {
  sweep --worker "$worker" --json "$logs/loss-sweep.json" --page "$logs/loss-sweep.html" &&
    node -e 'const { results } = JSON.parse(fs.readFileSync(process.argv[1])); process.exit(results.length === 1539 ? 0 : 1)' "$logs/loss-sweep.json"
}
repeats() {
  sweep --worker "$worker" --code gf16 --packets 2000 --jobs 1 --json "$scratch/one.json" &&
    sweep --worker "$worker" --code gf16 --packets 2000 --jobs 3 --json "$scratch/three.json" && cmp "$scratch/one.json" "$scratch/three.json"
}
fails_by_itself() {
  cat >"$scratch/lossy" <<END
#!/bin/sh
while read -r id code k percent loss rest; do
  echo "\$id \$code \$k \$percent \$(awk "BEGIN { print \$loss * 1.1 }") \$rest"
done | "$worker"
END
  chmod +x "$scratch/lossy"
  timeout 300 node harness/main.ts loss-sweep --worker "$scratch/lossy" --code gf16 >"$scratch/lossy.log" 2>&1
  [ $? = 1 ] && grep 'beyond 4 sigma' "$scratch/lossy.log"
}
if build native punktfunk-loss-sweep; then
  check "1539 cells within 4 sigma, every frame as sent" all_cells
  check "a seed gives the same figures again, whatever the number of processes" repeats
  check "a tenth more loss than computed fails" fails_by_itself
fi
finish
