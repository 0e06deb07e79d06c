#include "base/json_line.h"

#include <unistd.h>

#include <cstdio>

#include "base/clock.h"

namespace punktfunk {

JsonLine::JsonLine(std::string_view event) : line_("{\"event\":\"") {
  line_.append(event).append("\"");
  number("t_ns", static_cast<std::int64_t>(monotonic_ns()));
}

JsonLine::~JsonLine() {
  line_ += "}\n";
  // A reader that went away must not keep the program from its work, and there is nobody left to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, line_.data(), line_.size());
}

void JsonLine::key(std::string_view key) {
  line_.append(",\"").append(key).append("\":");
}

JsonLine& JsonLine::text(std::string_view name, std::string_view utf8) {
  key(name);
  line_ += '"';
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line_ += '\\';
      line_ += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      line_ += escaped;
    } else {
      line_ += c;
    }
  }
  line_ += '"';
  return *this;
}

JsonLine& JsonLine::number(std::string_view name, std::int64_t value) {
  key(name);
  line_ += std::to_string(value);
  return *this;
}

JsonLine& JsonLine::real(std::string_view name, double value) {
  key(name);
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.3f", value);
  line_ += digits;
  return *this;
}

JsonLine& JsonLine::flag(std::string_view name, bool value) {
  key(name);
  line_ += value ? "true" : "false";
  return *this;
}

}  // namespace punktfunk
