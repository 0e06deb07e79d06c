// One JSON object a line on standard output: how a program of the kit tells. Lines are written whole and at once, so
// that a reader that follows the stream never sees half an event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace punktfunk {

class JsonLine {
 public:
  // Starts {"event":"<event>","t_ns":<CLOCK_MONOTONIC>.
  explicit JsonLine(std::string_view event);
  // Closes the object and writes it.
  ~JsonLine();
  JsonLine(const JsonLine&) = delete;
  JsonLine& operator=(const JsonLine&) = delete;

  JsonLine& text(std::string_view key, std::string_view utf8);
  JsonLine& number(std::string_view key, std::int64_t value);
  JsonLine& real(std::string_view key, double value);
  JsonLine& flag(std::string_view key, bool value);

 private:
  void key(std::string_view key);
  std::string line_;
};

}  // namespace punktfunk
