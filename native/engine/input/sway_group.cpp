#include "engine/input/sway_group.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/clock.h"

namespace punktfunk {
namespace {

// sway-ipc(7): "i3-ipc", u32 length, u32 type in the machine's byte order, then JSON.
constexpr std::string_view magic = "i3-ipc";
constexpr std::size_t header_bytes = magic.size() + 8;
constexpr std::size_t max_message_bytes = 1 << 20;
constexpr std::uint32_t subscribe = 2, get_inputs = 100, input_event = 0x8000'0015;
constexpr std::string_view virtual_keyboard = "virtual_keyboard";  // how Sway names those of all programs

std::string header(std::uint32_t bytes, std::uint32_t type) {
  std::string text(magic);
  text.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  return text.append(reinterpret_cast<const char*>(&type), sizeof type);
}

// The value of a member that stands once in this object, as text; empty when there is none. A quotation mark inside of
// a JSON string has a backslash before it, so that no name of a device can pass for a member.
std::string_view member(std::string_view object, std::string_view quoted_name) {
  std::size_t at = object.find(quoted_name);
  if (at == std::string_view::npos) { return {}; }
  at = object.find_first_not_of(" \t\n:", at + quoted_name.size());
  if (at == std::string_view::npos) { return {}; }
  const bool text = object[at] == '"';
  if (text) { ++at; }
  const std::size_t end = object.find_first_of(text ? "\"" : ",}\n ", at);
  return object.substr(at, end == std::string_view::npos ? end : end - at);
}

std::optional<std::uint32_t> group_of(std::string_view object) {
  const std::string_view digits = member(object, "\"xkb_active_layout_index\"");
  std::uint32_t group = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), group);
  if (fault != std::errc{} || end == digits.data() || group >= 4) {
    return std::nullopt;  // xkb has four
  }
  return group;
}

bool is_virtual(std::string_view object) {
  return member(object, "\"identifier\"").find(virtual_keyboard) != std::string_view::npos;
}

}  // namespace

std::unique_ptr<SwayGroup> SwayGroup::open(const std::string& socket_path, unsigned timeout_ms) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.empty() || socket_path.size() >= sizeof address.sun_path) { return nullptr; }
  socket_path.copy(address.sun_path, socket_path.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) { return nullptr; }
  auto group = std::make_unique<SwayGroup>(std::move(fd));
  if (!group->send(subscribe, "[\"input\"]") || !group->answer(subscribe, timeout_ms)) { return nullptr; }
  if (!group->send(get_inputs, "")) { return nullptr; }
  const auto inputs = group->answer(get_inputs, timeout_ms);
  if (!inputs) { return nullptr; }
  // One object after the other: each begins with its identifier.
  constexpr std::string_view first = "\"identifier\"";
  for (std::size_t at = inputs->find(first); at != std::string::npos && !group->real_;) {
    const std::size_t next = inputs->find(first, at + 1);
    const std::string_view object = std::string_view(*inputs).substr(at, next == std::string::npos ? next : next - at);
    if (!is_virtual(object)) { group->real_ = group_of(object); }
    at = next;
  }
  return group;
}

std::optional<std::uint32_t> SwayGroup::changed() {
  std::optional<std::uint32_t> last;
  if (!receive()) { fd_.reset(); }
  std::uint32_t type = 0;
  while (const auto message = next_message(type)) {
    if (type != input_event || member(*message, "\"change\"") != "xkb_layout" || !is_virtual(*message)) { continue; }
    if (const auto group = group_of(*message)) { last = group; }
  }
  return last;
}

bool SwayGroup::send(std::uint32_t type, std::string_view payload) {
  const std::string message = header(static_cast<std::uint32_t>(payload.size()), type).append(payload);
  return ::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(message.size());
}

std::optional<std::string> SwayGroup::answer(std::uint32_t type, unsigned timeout_ms) {
  const std::uint64_t deadline = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  while (true) {
    std::uint32_t got = 0;
    while (auto message = next_message(got)) {
      if (got == type) { return message; }
    }
    const std::uint64_t now = monotonic_ns();
    pollfd poller = {fd_.get(), POLLIN, 0};
    if (now >= deadline || poll(&poller, 1, static_cast<int>((deadline - now) / 1'000'000 + 1)) < 0 || !receive()) {
      return std::nullopt;
    }
  }
}

std::optional<std::string> SwayGroup::next_message(std::uint32_t& type) {
  if (received_.size() < header_bytes) { return std::nullopt; }
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, received_.data() + magic.size(), sizeof bytes);
  std::memcpy(&type, received_.data() + magic.size() + sizeof bytes, sizeof type);
  if (!received_.starts_with(magic) || bytes > max_message_bytes) {
    fd_.reset();  // no Sway
    received_.clear();
    return std::nullopt;
  }
  if (received_.size() < header_bytes + bytes) { return std::nullopt; }
  std::string message = received_.substr(header_bytes, bytes);
  received_.erase(0, header_bytes + bytes);
  return message;
}

// Takes what there is; false when Sway has closed the socket.
bool SwayGroup::receive() {
  char bytes[4096];
  while (fd_) {
    const ssize_t got = recv(fd_.get(), bytes, sizeof bytes, 0);
    if (got > 0) {
      received_.append(bytes, static_cast<std::size_t>(got));
      if (received_.size() > header_bytes + max_message_bytes) {
        return true;  // the rest later
      }
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }
  }
  return false;
}

}  // namespace punktfunk
