#include "engine/capture/presentation.h"

#include <doctest/doctest.h>

using namespace punktfunk;

TEST_CASE("a presentation is believed within the second before the arrival; else the arrival counts") {
  constexpr std::uint64_t second = 1'000'000'000, arrived = 5000 * second;
  struct {
    const char* what;
    std::int64_t said;
    std::uint64_t presented;
  } const cases[] = {
      {"2 ms before", arrived - 2'000'000, arrived - 2'000'000},
      {"at the same moment", arrived, arrived},
      {"a second before", arrived - second, arrived - second},
      {"longer ago", arrived - second - 1, arrived},
      {"missing", 0, arrived},
      {"gamescope's", -1, arrived},
      {"ahead", arrived + 1, arrived},
      {"the calendar's clock", 1'700'000'000 * static_cast<std::int64_t>(second), arrived},
      {"a clock of its own", 12 * second, arrived},
      {"nonsense", INT64_MIN, arrived},
  };
  for (const auto& [what, said, presented] : cases) {
    CAPTURE(what);
    CHECK(Presentations().next(said, arrived) == presented);
  }
}

TEST_CASE("no picture is presented before the one before it") {
  constexpr std::uint64_t ms = 1'000'000, begin = 5000 * 1000 * ms;
  Presentations presentations;
  CHECK(presentations.next(begin, begin + 2 * ms) == begin);
  CHECK(presentations.next(begin, begin + 4 * ms) == begin);  // the same picture again
  CHECK(presentations.next(begin - ms, begin + 6 * ms) == begin + 6 * ms);
  CHECK(presentations.next(begin + 5 * ms, begin + 8 * ms) == begin + 8 * ms);
  CHECK(presentations.next(begin + 9 * ms, begin + 10 * ms) == begin + 9 * ms);
}
