#!/bin/sh
# Compares the shape of the C ABI with the checked-in one. drift.sh LIBRARY [--write]
# Every difference fails; one that old callers do not notice (a new function, a field at the end of a struct) then gets a new baseline and a
# line in CHANGES.md.
set -eu
library=$1
here=$(cd "$(dirname "$0")" && pwd)
baseline=$here/punktfunk_core.abi

if ! command -v abidw > /dev/null || ! command -v abidiff > /dev/null; then
  echo "skipped: abidw and abidiff are not installed (Debian package abigail-tools)"
  exit 77
fi
if [ "$(uname -m)" != x86_64 ]; then
  echo "skipped: the baseline is of x86_64, this is $(uname -m)"
  exit 77
fi
if [ "${2:-}" = --write ]; then
  abidw --exported-interfaces-only --no-corpus-path --no-comp-dir-path --no-show-locs "$library" | sed "s|path='[^']*/native/|path='native/|" > "$baseline"
  echo "written: $baseline"
  exit 0
fi
# The library must export the ABI and nothing else.
foreign=$(nm -D --defined-only "$library" | awk '{print $3}' | sed 's/@.*//' | grep -v '^punktfunk_' | grep -v '^PUNKTFUNK_1$' || true)
if [ -n "$foreign" ]; then
  echo "exported, but not of the ABI: $foreign"
  exit 1
fi
if abidiff --exported-interfaces-only --harmless "$baseline" "$library"; then
  echo "the ABI is as it was"
else
  echo "The C ABI differs from $baseline. If callers built before still work, write a new baseline: sh $0 LIBRARY --write"
  exit 1
fi
