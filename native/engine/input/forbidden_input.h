// In the place of a desktop's input, for a client that may only look: nothing that it sends reaches anything.
#pragma once

#include "engine/input/input.h"

namespace punktfunk {

class ForbiddenInput final : public InputBackend {
 public:
  // Every client enables haptics, which asks for nothing.
  Injected inject(const InputEvent& event) override {
    return event.kind == InputKind::haptics_enable ? Injected::done : Injected::forbidden;
  }
  void release_all() override {}
  [[nodiscard]] int poll_fd() const override { return -1; }
  bool dispatch() override { return true; }
};

}  // namespace punktfunk
