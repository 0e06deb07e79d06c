#!/bin/sh
# Installs the core's component into an empty prefix and builds a program against nothing but that, by pkg-config, with both libraries.
# install.sh BUILD_DIRECTORY CMAKE C_COMPILER
set -eu
build=$1 cmake=$2 cc=$3
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v pkg-config > /dev/null; then
  echo "skipped: pkg-config is not installed"
  exit 77
fi
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
"$cmake" --install "$build" --component core --prefix "$prefix" > "$prefix/log"
pc=$(find "$prefix" -name punktfunk_core.pc)
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="$libdir/pkgconfig"
flags=$(pkg-config --define-variable=prefix="$prefix" --cflags --libs punktfunk_core)
# shellcheck disable=SC2086
"$cc" -std=c11 -Wall -Wextra -Werror "$here/round_trip.c" $flags -o "$prefix/shared"
LD_LIBRARY_PATH=$libdir "$prefix/shared"
LD_LIBRARY_PATH=$libdir ldd "$prefix/shared" | grep -q 'libpunktfunk_core.so.1 ' || { echo "not linked by its version"; exit 1; }
static=$(pkg-config --define-variable=prefix="$prefix" --cflags --libs --static punktfunk_core | sed "s|-lpunktfunk_core|$libdir/libpunktfunk_core.a|")
# shellcheck disable=SC2086
"$cc" -std=c11 -Wall -Wextra -Werror "$here/round_trip.c" $static -o "$prefix/static"
"$prefix/static"
if ldd "$prefix/static" | grep -q punktfunk; then
  echo "the static program still wants the shared library"
  exit 1
fi
echo "installed, found and linked both ways"
