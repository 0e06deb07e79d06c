#include "base/result.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace punktfunk {
namespace {

enum class Fault { none_left, too_large };

struct Base {
  virtual ~Base() = default;
  [[nodiscard]] virtual int number() const = 0;
};
struct Seven final : Base {
  [[nodiscard]] int number() const override { return 7; }
};

Result<std::unique_ptr<Base>, Fault> make(bool can) {
  if (!can) { return Fault::none_left; }
  return std::make_unique<Seven>();
}

Result<void, std::string> check(int n) {
  if (n > 3) { return "too large"; }
  return {};
}

TEST_CASE("a result is the value, of a derived type too, or the error") {
  auto made = make(true);
  REQUIRE(made);
  CHECK(made.has_value());
  CHECK((*made)->number() == 7);
  const std::unique_ptr<Base> owned = *std::move(made);
  CHECK(owned->number() == 7);

  const auto refused = make(false);
  REQUIRE(!refused);
  CHECK(!refused.has_value());
  CHECK(refused.error() == Fault::none_left);
}

TEST_CASE("what converts to both is the error only when it has its very type") {
  // A number of shards, or a status that is a number too.
  const Result<long, int> error = 5;
  CHECK(!error);
  const Result<long, int> value = 5L;
  REQUIRE(value);
  CHECK(*value == 5);
}

TEST_CASE("an error moves out, and a value is reached by its members") {
  Result<std::string, std::unique_ptr<int>> failed = std::make_unique<int>(3);
  REQUIRE(!failed);
  const std::unique_ptr<int> taken = std::move(failed).error();
  CHECK(*taken == 3);
  const Result<std::string, std::unique_ptr<int>> text = "four";
  REQUIRE(text);
  CHECK(text->size() == 4);
}

TEST_CASE("a result without a value is success or the error") {
  CHECK(check(3));
  const auto failed = check(4);
  REQUIRE(!failed);
  CHECK(failed.error() == "too large");
}

}  // namespace
}  // namespace punktfunk
