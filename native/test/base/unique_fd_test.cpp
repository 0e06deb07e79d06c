#include "base/unique_fd.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <utility>

namespace punktfunk {
namespace {

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

TEST_CASE("a descriptor has one owner, and is closed with it") {
  int number = -1;
  {
    UniqueFd first(open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(first);
    number = first.get();
    UniqueFd second = std::move(first);
    CHECK(!first);
    CHECK(second.get() == number);
    CHECK(is_open(number));
  }
  CHECK(!is_open(number));
}

TEST_CASE("what is assigned takes the place of what was there; what is released is nobody's") {
  UniqueFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int old = fd.get();
  UniqueFd other(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = other.get();
  fd = std::move(other);
  CHECK(!is_open(old));
  CHECK(fd.get() == number);
  CHECK(fd.release() == number);
  CHECK(!fd);
  CHECK(is_open(number));
  const UniqueFd again(number);
}

}  // namespace
}  // namespace punktfunk
