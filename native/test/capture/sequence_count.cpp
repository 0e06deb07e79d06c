#include "engine/capture/sequence_count.h"

#include <doctest/doctest.h>

#include <vector>

using namespace punktfunk;

TEST_CASE("pictures are counted by their numbers, the missing ones too, while there are numbers to believe") {
  struct {
    const char* what;
    std::vector<std::uint64_t> numbers;
    std::optional<std::uint64_t> shown;
  } const cases[] = {
      {"nothing", {}, {}},
      {"one, that says nothing of counting", {7}, {}},
      {"each came", {7, 8, 9, 10}, 4},
      {"from 0", {0, 1, 2}, 3},
      {"some did not come", {7, 10, 11}, 5},
      {"never counted", {0, 0, 0}, {}},
      {"stops to count", {4, 5, 5, 6}, {}},
      {"backwards", {9, 8}, {}},
      {"out of the blue", {1, 1'000'000}, {}},
      {"around the end", {~std::uint64_t{0}, 0, 1}, 3},
  };
  for (const auto& [what, numbers, shown] : cases) {
    CAPTURE(what);
    SequenceCount count;
    for (const std::uint64_t number : numbers) { count.add(number); }
    CHECK(count.frames() == shown);
  }
}

TEST_CASE("what is no picture counts for none, and leaves no gap") {
  SequenceCount count;
  count.add(3);
  count.pass_over(4);
  count.pass_over(5);
  count.add(6);
  CHECK(count.frames() == 2);
}
