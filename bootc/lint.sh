#!/bin/sh
# The image's last step. bootc's own lint where the base has it; on Bazzite it must. Our own everywhere.
set -eu
source=$1
. "$source/bootc/family.sh"
/usr/lib/punktfunk/build/libexec/punktfunk/engine "$source/tools/bootc-lint.ts" /
if command -v bootc >/dev/null; then
  bootc container lint --fatal-warnings
elif [ "$family" = fedora ]; then
  fail "the base has no bootc: it is no bootc image"
else
  echo "Not run here: bootc container lint (the stand-in has no bootc)."
fi
