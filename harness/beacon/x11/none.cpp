// In place of x11_window.cpp, where there was no xcb to build with.
#include "x11/x11_window.h"

namespace punktfunk::beacon {

std::unique_ptr<Window> open_x11_window(Painting&, std::string& error) {
  error =
      "punktfunk-beacon: this build knows no X11, since libxcb's packages were not there. Install libxcb-present-dev "
      "and "
      "libxcb-shm0-dev (Fedora: libxcb-devel; Arch: libxcb), remove build/native, and run the set-up again.";
  return nullptr;
}

}  // namespace punktfunk::beacon
