#!/bin/sh
# Takes the runner from a host again, as root. Keys and the account stay: taking them could lock out whoever does this.
# The service forgets a runner that is gone by itself, or on its page of runners: a token for that would have expired by now.
set -eu
root=${PUNKTFUNK_ROOT-}
systemctl disable --now punktfunk-runner.service || true
rm -rf "$root/etc/systemd/system/punktfunk-runner.service" "$root/var/lib/punktfunk-runner"
systemctl daemon-reload
