#!/bin/sh
# npm start: sets up what is missing, then runs the host.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/tools/setup.sh" run
exec sh "$root/tools/as-user.sh" node "$root/src/main.ts" serve "$@"
