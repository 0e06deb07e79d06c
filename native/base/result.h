// A value, or what went wrong: std::expected of C++23, as far as it is used here. Either converts by itself, so that a
// function returns the one or the other.
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace punktfunk {

template <typename T, typename E>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<T, E>);

 public:
  using value_type = T;
  using error_type = E;

  template <typename U>
    requires std::convertible_to<U, T> && (!std::same_as<std::remove_cvref_t<U>, E>)
  Result(U&& value) : either_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT(google-explicit-constructor)
  template <typename U>
    requires std::convertible_to<U, E> && (!std::convertible_to<U, T> || std::same_as<std::remove_cvref_t<U>, E>)
  Result(U&& error) : either_(std::in_place_index<1>, std::forward<U>(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return either_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Only where has_value().
  [[nodiscard]] T& operator*() & noexcept { return value(*this); }
  [[nodiscard]] const T& operator*() const& noexcept { return value(*this); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(value(*this)); }
  [[nodiscard]] T* operator->() noexcept { return &value(*this); }
  [[nodiscard]] const T* operator->() const noexcept { return &value(*this); }

  // Only where not.
  [[nodiscard]] E& error() & noexcept { return failure(*this); }
  [[nodiscard]] const E& error() const& noexcept { return failure(*this); }
  [[nodiscard]] E&& error() && noexcept { return std::move(failure(*this)); }

 private:
  template <typename Self>
  static auto& value(Self& self) noexcept {
    PF_ASSERT(self.has_value());
    return *std::get_if<0>(&self.either_);
  }
  template <typename Self>
  static auto& failure(Self& self) noexcept {
    PF_ASSERT(!self.has_value());
    return *std::get_if<1>(&self.either_);
  }

  std::variant<T, E> either_;
};

// Success has nothing to tell: `return {};`.
template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  Result() = default;
  template <std::convertible_to<E> U>
  Result(U&& error) : error_(std::forward<U>(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }

  // Only where not has_value().
  [[nodiscard]] E& error() & noexcept { return *error_; }
  [[nodiscard]] const E& error() const& noexcept { return *error_; }
  [[nodiscard]] E&& error() && noexcept { return std::move(*error_); }

 private:
  std::optional<E> error_;
};

}  // namespace punktfunk
