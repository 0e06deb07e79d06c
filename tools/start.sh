#!/bin/sh
# npm start: sets up what is missing, then runs the host.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
sh "$root/tools/setup.sh" run
# npm does not pass SIGTERM on, but its shell dies of it: the host takes its parent's end for a SIGTERM of its own.
exec sh "$root/tools/host.sh" --end-with-parent serve "$@"
