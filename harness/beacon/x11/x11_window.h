// One full-screen window of an X server, painted when the last picture has been shown.
#pragma once

#include <memory>
#include <string>

#include "window.h"

namespace punktfunk::beacon {

// Null and a sentence when there is no X server or it lacks what is needed, or when this was built without xcb.
std::unique_ptr<Window> open_x11_window(Painting& painting, std::string& error);

}  // namespace punktfunk::beacon
