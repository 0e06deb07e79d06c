// A small JSON reader for test vectors: strict enough for files we wrote ourselves, throws on anything else.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace test {

class Json {
 public:
  static Json parse(std::string_view text) {
    std::size_t at = 0;
    Json value = read(text, at);
    skip(text, at);
    if (at != text.size()) { throw std::runtime_error("trailing bytes after the JSON value"); }
    return value;
  }
  static Json file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) { throw std::runtime_error("cannot open " + path); }
    std::ostringstream all;
    all << in.rdbuf();
    return parse(all.str());
  }

  const Json& operator[](const std::string& key) const { return members_.at(key); }
  const Json& operator[](std::size_t i) const { return items_.at(i); }
  [[nodiscard]] bool has(const std::string& key) const { return members_.count(key) != 0; }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }
  [[nodiscard]] bool is_null() const { return kind_ == 'n'; }
  [[nodiscard]] const std::string& text() const {
    if (kind_ != 's') { throw std::runtime_error("not a string"); }
    return text_;
  }
  [[nodiscard]] std::int64_t integer() const {
    if (kind_ != 'i') { throw std::runtime_error("not a number"); }
    return std::stoll(text_);
  }
  [[nodiscard]] bool boolean() const {
    if (kind_ != 'b') { throw std::runtime_error("not a boolean"); }
    return text_ == "true";
  }

 private:
  static void skip(std::string_view s, std::size_t& at) {
    while (at < s.size() && std::string_view(" \t\r\n").find(s[at]) != std::string_view::npos) { ++at; }
  }
  static char peek(std::string_view s, std::size_t& at) {
    skip(s, at);
    if (at >= s.size()) { throw std::runtime_error("JSON ends early"); }
    return s[at];
  }
  static void expect(std::string_view s, std::size_t& at, char c) {
    if (peek(s, at) != c) { throw std::runtime_error(std::string("expected ") + c); }
    ++at;
  }
  static void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 63));
    } else {
      out += static_cast<char>(0xE0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 63));
      out += static_cast<char>(0x80 | (code & 63));
    }
  }
  static std::string read_string(std::string_view s, std::size_t& at) {
    expect(s, at, '"');
    std::string out;
    while (s.at(at) != '"') {
      if (s[at] != '\\') {
        out += s[at++];
        continue;
      }
      const char c = s.at(at + 1);
      at += 2;
      static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
      if (c == 'u') {
        append_utf8(out, static_cast<unsigned>(std::stoul(std::string(s.substr(at, 4)), nullptr, 16)));
        at += 4;
      } else {
        out += to.at(from.find(c));
      }
    }
    ++at;
    return out;
  }
  static Json read(std::string_view s, std::size_t& at) {
    Json v;
    const char c = peek(s, at);
    if (c == '{') {
      v.kind_ = 'o';
      ++at;
      for (bool first = true; peek(s, at) != '}'; first = false) {
        if (!first) { expect(s, at, ','); }
        skip(s, at);
        std::string key = read_string(s, at);
        expect(s, at, ':');
        v.members_.emplace(std::move(key), read(s, at));
      }
      ++at;
    } else if (c == '[') {
      v.kind_ = 'a';
      ++at;
      for (bool first = true; peek(s, at) != ']'; first = false) {
        if (!first) { expect(s, at, ','); }
        v.items_.push_back(read(s, at));
      }
      ++at;
    } else if (c == '"') {
      v.kind_ = 's';
      v.text_ = read_string(s, at);
    } else {
      const std::size_t start = at;
      while (at < s.size() && std::string_view(",]} \t\r\n").find(s[at]) == std::string_view::npos) { ++at; }
      v.text_ = std::string(s.substr(start, at - start));
      v.kind_ = v.text_ == "null" ? 'n' : v.text_ == "true" || v.text_ == "false" ? 'b' : 'i';
    }
    return v;
  }

  char kind_ = 'n';
  std::string text_;
  std::vector<Json> items_;
  std::map<std::string, Json> members_;
};

}  // namespace test
