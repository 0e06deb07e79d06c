# shellcheck shell=sh
# The native build, and what tells that it is still good: its sources, the system, the place; sourced by setup.sh.
# shellcheck disable=SC2154

native_built='build/native/lib/punktfunk_engine.node build/native/lib/punktfunk_client.node build/native/lib/punktfunk_core.node
  build/native/lib/punktfunk_encoder_*.so build/native/bin/*'

describe_native() {
  # The same in every locale.
  sources=$(find CMakeLists.txt native harness -type f \( -name '*.cpp' -o -name '*.h' -o -name '*.txt' -o -name '*.xml' -o -name '*.cmake' \) \
    ! -path '*/test/*' ! -path '*/bench/*' ! -path '*/fuzz/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
  native_made_from="$sources on $(release_of_system)"
}
# Also after an upgrade of the system that the stamp cannot see: what was linked must be there still.
native_is_fresh() { fresh native "$native_made_from" && native_links; }
native_links() {
  # shellcheck disable=SC2086 # words and patterns
  unlinked=$(LC_ALL=C ldd $native_built 2>&1) && ! lacks_libraries
}
lacks_libraries() { printf '%s\n' "$unlinked" | grep -q 'not found'; }

# Folders that CMake configured in another place, on another release, or for libraries that went: paths are noted in them.
drop_stale_builds() {
  stale=''
  case $(cat build/stamps/system 2>/dev/null) in '' | "$(release_of_system)") ;; *) stale=yes ;; esac
  # A file that was not built, or is gone, is made; the others, and other trees, are as good as they were.
  native_links || ! lacks_libraries || stale=yes
  for cache in build/*/CMakeCache.txt; do
    [ -e "$cache" ] || continue
    place=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
    if [ -n "$stale" ] || [ "$(readlink -f "$place")" != "$root" ]; then rm -rf "${cache%/*}"; fi
  done
  stamp system "$(release_of_system)"
}

build_native() {
  rm -f build/stamps/native
  drop_stale_builds
  counted "build" build/native.log ninja_place node_modules/.bin/cmake-js build --out build/native --CDCMAKE_BUILD_TYPE=Release || {
    tail -n 40 build/native.log >&2
    fail "the native build failed; all of its output is in build/native.log."
  }
  native_links || fail "the native build reported no error, but cannot be loaded:
$(printf '%s\n' "$unlinked" | grep -E 'not found|error|cannot' | sort -u | head -n 5)"
  "$node_bin/node" -e 'require("./build/native/lib/punktfunk_engine.node")' || fail "the native build reported no error, but Node cannot load it (the reason is above)."
  stamp native "$native_made_from"
}

# The runtime under a path of its own: compositors grant capture by it (ARCHITECTURE.md).
engine=build/libexec/punktfunk/engine
engine_is_fresh() { cmp -s "$node_bin/node" "$engine"; }
place_engine() {
  mkdir -p "${engine%/*}"
  rm -f "$engine"
  ln "$node_bin/node" "$engine" 2>/dev/null || cp "$node_bin/node" "$engine"
}
