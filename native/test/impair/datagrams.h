// Numbered datagrams through a link in a time of the test's own.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "impair/simulated_link.h"

namespace impair_test {

using namespace punktfunk;

constexpr std::uint64_t ms = 1'000'000;

struct Arrival {
  std::uint64_t number, at_ns;
};

// `count` datagrams of `bytes`, one every gap_ns; all that arrives, in order of arrival.
inline std::vector<Arrival> run(SimulatedLink& link, std::uint64_t count, std::uint64_t gap_ns,
                                std::size_t bytes = 1000) {
  std::vector<Arrival> out;
  std::vector<std::uint8_t> datagram(bytes), got;
  std::uint64_t now = 0;
  const auto drain = [&](std::uint64_t until) {
    while (link.next_ns() <= until) {
      const std::uint64_t at = link.next_ns();
      REQUIRE(link.receive(at, got));
      REQUIRE(got.size() == bytes);
      std::uint64_t number = 0;
      std::memcpy(&number, got.data(), sizeof number);
      out.push_back({number, at});
    }
  };
  for (std::uint64_t i = 0; i < count; ++i, now += gap_ns) {
    drain(now);
    std::memcpy(datagram.data(), &i, sizeof i);
    link.send(datagram, now);
  }
  drain(UINT64_MAX - 1);
  CHECK_FALSE(link.receive(UINT64_MAX, got));
  return out;
}

}  // namespace impair_test
