#!/bin/bash
# Attacks from loopback on a host that streams: harness/attack/README.md.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/tap-file.sh
. ci/tap-file.sh
tap_file harness/attack/attacks.ts
finish
