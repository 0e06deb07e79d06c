#include "engine/transport/access_unit_ring.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <thread>

#include "base/wake.h"

using namespace punktfunk;

TEST_CASE("the ring hands over in order and refuses when it is full") {
  AccessUnitRing ring(64);
  CHECK(ring.front() == nullptr);
  for (std::size_t i = 0; i < AccessUnitRing::slots; ++i) {
    AccessUnit* unit = ring.free_slot();
    REQUIRE(unit != nullptr);
    unit->size = i + 1;
    ring.push();
  }
  CHECK(ring.free_slot() == nullptr);
  for (std::size_t i = 0; i < AccessUnitRing::slots; ++i) {
    REQUIRE(ring.front() != nullptr);
    CHECK(ring.front()->size == i + 1);
    CHECK(ring.pop() == (i == 0));  // only the first pop frees a slot that someone may wait for
    CHECK(ring.free_slot() != nullptr);
  }
  CHECK(ring.front() == nullptr);
}

TEST_CASE("the ring between two threads loses nothing and never forgets a waiting writer") {
  AccessUnitRing ring(8);
  const Wake to_reader, to_writer;
  constexpr std::size_t count = 20'000;
  std::thread writer([&] {
    for (std::size_t i = 1; i <= count;) {
      AccessUnit* unit = ring.free_slot();
      if (unit == nullptr) {
        pollfd fd{to_writer.fd(), POLLIN, 0};
        if (poll(&fd, 1, 60'000) != 1) {
          return;  // forgotten: the reader then comes up short
        }
        to_writer.clear();
        continue;
      }
      unit->size = i++;
      ring.push();
      to_reader.signal();
    }
  });
  std::size_t expected = 1;
  while (expected <= count) {
    pollfd fd{to_reader.fd(), POLLIN, 0};
    if (poll(&fd, 1, 60'000) != 1) { break; }
    to_reader.clear();
    while (const AccessUnit* unit = ring.front()) {
      if (unit->size != expected) { break; }
      ++expected;
      if (ring.pop()) { to_writer.signal(); }
    }
  }
  writer.join();
  CHECK(expected == count + 1);
}
