#include "engine/input/input_router.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace punktfunk {

void InputRouter::add(InputKinds kinds, std::unique_ptr<InputBackend> backend) {
  PF_ASSERT(backend && count_ < max_backends);
  if (backend && count_ < max_backends) { served_[count_++] = {kinds, std::move(backend)}; }
}

Injected InputRouter::inject(const InputEvent& event) {
  for (const Served& s : std::span(served_).first(count_)) {
    if (s.kinds.has(event.kind)) { return s.backend->inject(event); }
  }
  const bool of_desktop = gone_.has(event.kind) || pointer_and_keyboard_kinds.has(event.kind);
  return count_ == 0 || of_desktop ? Injected::no_desktop : Injected::unknown;
}

void InputRouter::release_all() {
  for (const Served& s : std::span(served_).first(count_)) { s.backend->release_all(); }
}

void InputRouter::lift_buttons(std::uint32_t buttons) {
  for (const Served& s : std::span(served_).first(count_)) { s.backend->lift_buttons(buttons); }
}

std::size_t InputRouter::poll_fds(std::span<pollfd> fds) const {
  const std::size_t count = std::min(count_, fds.size());
  for (std::size_t i = 0; i < count; ++i) { fds[i] = {served_[i].backend->poll_fd(), POLLIN, 0}; }
  return count;
}

bool InputRouter::dispatch(std::span<const pollfd> fds) {
  bool all_there = true;
  for (std::size_t i = std::min(count_, fds.size()); i-- > 0;) {
    if (fds[i].revents == 0 || served_[i].backend->dispatch()) { continue; }
    all_there = false;
    gone_.add(served_[i].kinds);
    std::move(served_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
              served_.begin() + static_cast<std::ptrdiff_t>(count_), served_.begin() + static_cast<std::ptrdiff_t>(i));
    served_[--count_] = {};
  }
  return all_there;
}

std::optional<PadFeedback> InputRouter::take_feedback() {
  for (const Served& s : std::span(served_).first(count_)) {
    if (auto feedback = s.backend->take_feedback()) { return feedback; }
  }
  return std::nullopt;
}

}  // namespace punktfunk
