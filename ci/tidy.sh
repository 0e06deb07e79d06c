#!/bin/bash
# What clang-tidy finds in the C++ that people run; .clang-tidy says what it looks for.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
tidy() { # tidy ROOM: a folder of native or harness; headers of other rooms come with it
  # PipeWire's macros compare signs, which gcc does not tell of in system headers. clang 14 does not take what gcc takes in outputs.cpp: a
  # member class that a lambda of its own class uses.
  git ls-files -z "$1/*.cpp" ":!native/engine/wayland/outputs.cpp" | xargs -0 -n 4 -P "$(nproc)" clang-tidy -p build/native --quiet --extra-arg=-Wno-sign-compare
}
needs clang-tidy "clang-tidy" && cmake --preset test >"$logs/tidy-configure.log" &&
  for room in native/{addon,client,contract,core,engine} harness/{beacon,loss-sweep}; do check "$room" tidy "$room"; done
finish
