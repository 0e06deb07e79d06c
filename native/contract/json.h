// What the generated reader and writer are made of: values of a JSON document, each with its place in it. Of the first
// one that is refused the place and the reason are kept.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#define JSON_NOEXCEPTION  // no message can make it throw: every access is behind a look at the type
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "contract/cut.h"
#include "contract/problems.h"

namespace punktfunk::contract {

using Json = nlohmann::ordered_json;

class Value {
 public:
  Value(const Json* json, std::string& refusal) : json_(json), refusal_(refusal) {}

  // An object that has no other fields than these; each is missed where it is read.
  [[nodiscard]] bool object(std::initializer_list<std::string_view> names) const;
  [[nodiscard]] bool object(std::span<const std::string_view> names) const;
  [[nodiscard]] Value operator[](std::string_view name) const;
  [[nodiscard]] Value operator[](std::size_t index) const;
  // Of a list of at most so many.
  [[nodiscard]] std::optional<std::size_t> list(std::size_t max_items) const;
  // The text of a field; empty where there is none.
  [[nodiscard]] std::string_view tag(std::string_view name) const;
  [[nodiscard]] bool unknown_tag(std::string_view name) const;
  [[nodiscard]] bool is_null() const { return json_ != nullptr && json_->is_null(); }

  [[nodiscard]] bool text(std::string& out, std::size_t max_length) const;
  [[nodiscard]] bool flag(bool& out) const;
  [[nodiscard]] bool amount(double& out) const;
  [[nodiscard]] bool whole(std::uint64_t& out, std::uint64_t least, std::uint64_t most, std::uint64_t multiple) const;
  [[nodiscard]] std::optional<std::size_t> one_of(std::span<const std::string_view> words) const;
  template <typename Enum>
  [[nodiscard]] bool word(std::span<const std::string_view> words, Enum& out) const {
    const auto index = one_of(words);
    if (index) { out = static_cast<Enum>(*index); }
    return index.has_value();
  }
  // False, and the reason with this place where it is the first.
  [[nodiscard]] bool refuse(std::string_view reason) const;

 private:
  [[nodiscard]] std::string place() const;
  [[nodiscard]] bool present() const;

  const Json* json_;
  std::string& refusal_;
  const Value* parent_ = nullptr;
  std::string_view name_{};
  std::optional<std::size_t> index_{};
};

struct Hex {
  std::size_t digits;
};
template <std::uint32_t... Values>
struct Numbers {};

[[nodiscard]] bool read(const Value& v, bool& out);
[[nodiscard]] bool read(const Value& v, double& out);
[[nodiscard]] bool read(const Value& v, std::string& out, std::size_t max_length);
[[nodiscard]] bool read(const Value& v, std::string& out, Hex hex);
[[nodiscard]] bool read(const Value& v, Failure& out);

template <std::unsigned_integral T>
[[nodiscard]] bool read(const Value& v, T& out, std::uint64_t least, std::uint64_t most, std::uint64_t multiple) {
  std::uint64_t value = 0;
  if (!v.whole(value, least, most, multiple)) { return false; }
  out = static_cast<T>(value);
  return true;
}

template <std::uint32_t... Values>
[[nodiscard]] bool read(const Value& v, std::uint32_t& out, Numbers<Values...>) {
  std::uint64_t value = 0;
  if (!v.whole(value, 0, UINT32_MAX, 1)) { return false; }
  out = static_cast<std::uint32_t>(value);
  return ((value == Values) || ...) || v.refuse("is none that is known");
}

// null, or what T is.
template <typename T, typename... Bounds>
[[nodiscard]] bool read(const Value& v, std::optional<T>& out, Bounds... bounds) {
  return v.is_null() || read(v, out.emplace(), bounds...);
}

template <typename T, typename... Bounds>
[[nodiscard]] bool read(const Value& v, std::vector<T>& out, std::size_t max_items, Bounds... bounds) {
  const auto size = v.list(max_items);
  if (!size) { return false; }
  out.resize(*size);
  for (std::size_t i = 0; i < *size; ++i) {
    if (!read(v[i], out[i], bounds...)) { return false; }
  }
  return true;
}

[[nodiscard]] Json json(const Failure& failure);
[[nodiscard]] inline Json json(const std::string& value) {
  return value;
}
template <typename T>
  requires std::is_arithmetic_v<T>
[[nodiscard]] Json json(T value) {
  return value;
}
template <typename T>
[[nodiscard]] Json json(const std::optional<T>& value) {
  return value ? json(*value) : Json(nullptr);
}
template <typename T>
[[nodiscard]] Json json(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) { list.push_back(json(value)); }
  return list;
}

// The document, or false and why. What is longer than max_bytes is not looked at.
[[nodiscard]] bool parse(std::string_view text, std::size_t max_bytes, Json& document, std::string& refusal);
[[nodiscard]] std::string as_text(const Json& document);

template <typename Message>
[[nodiscard]] Result<Message, std::string> read_message(std::string_view text, std::size_t max_bytes) {
  Json document;
  std::string refusal;
  Message message;
  if (parse(text, max_bytes, document, refusal) && read(Value(&document, refusal), message)) { return message; }
  return refusal;
}

}  // namespace punktfunk::contract
