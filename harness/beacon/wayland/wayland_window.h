// One full-screen surface, painted when the compositor asks for a frame.
#pragma once

#include <memory>
#include <string>

#include "window.h"

namespace punktfunk::beacon {

// Null and a sentence when there is no compositor or it lacks what is needed.
std::unique_ptr<Window> open_wayland_window(Painting& painting, std::string& error);

}  // namespace punktfunk::beacon
