#include <doctest/doctest.h>

#include "core/fec/cpu.h"
#include "fec_shards.h"

using namespace punktfunk::fec;

TEST_CASE("fec: the machine's best instruction set is found and used") {
#if defined(__aarch64__)
  CHECK(isa_available(Isa::neon));  // every aarch64 has it (Arm Architecture Reference Manual, A1.5)
#endif
  CHECK(isa_available(Isa::scalar));
  CHECK(current_isa() == fec_test::available_isas().back());
  const fec_test::ForcedIsa forced(Isa::scalar);
  CHECK(current_isa() == Isa::scalar);
}
