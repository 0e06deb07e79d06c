// Which of several layouts is active, as Sway says it: wl_keyboard tells the active group to the focused window alone,
// and Sway's "xkb_switch_layout" changes that of a virtual keyboard too (sway-ipc(7)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace punktfunk {

class SwayGroup {
 public:
  // Subscribes at Sway's control socket. Null when nothing answers there.
  static std::unique_ptr<SwayGroup> open(const std::string& socket_path, unsigned timeout_ms);
  explicit SwayGroup(UniqueFd connected) : fd_(std::move(connected)) {}

  // The active group of a keyboard that is really there, when this was opened.
  [[nodiscard]] std::optional<std::uint32_t> of_a_real_keyboard() const { return real_; }
  // To be polled for reading, then changed(); -1 once Sway has closed it.
  [[nodiscard]] int fd() const { return fd_.get(); }
  // The group that a virtual keyboard was given last since: any one of that Sway, since all have the same identifier
  // and events name no seat. Sway repeats our own changes too.
  std::optional<std::uint32_t> changed();

 private:
  bool send(std::uint32_t type, std::string_view payload);
  // The next whole message of this type, waiting for at most so long; others are passed over.
  std::optional<std::string> answer(std::uint32_t type, unsigned timeout_ms);
  std::optional<std::string> next_message(std::uint32_t& type);
  bool receive();

  UniqueFd fd_;
  std::string received_;
  std::optional<std::uint32_t> real_;
};

}  // namespace punktfunk
