// One JSON object a line on standard output: everything the beacon tells. Lines are written whole and at once, so that
// a reader that follows the stream never sees half an event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace punktfunk::beacon {

class Line {
 public:
  // Starts {"event":"<event>","t_ns":<CLOCK_MONOTONIC>.
  explicit Line(std::string_view event);
  // Closes the object and writes it.
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& text(std::string_view key, std::string_view utf8);
  Line& number(std::string_view key, std::int64_t value);
  Line& real(std::string_view key, double value);
  Line& flag(std::string_view key, bool value);

 private:
  void key(std::string_view key);
  std::string line_;
};

}  // namespace punktfunk::beacon
