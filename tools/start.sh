#!/bin/sh
# npm start: sets up what is missing, then runs the host.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/tools/setup.sh" run
# npm does not pass SIGTERM on, but its shell dies of it: the host takes its parent's end for a SIGTERM of its own.
exec sh "$root/tools/as-user.sh" setpriv --pdeathsig TERM -- node --max-semi-space-size=1 "$root/src/main.ts" serve "$@"
