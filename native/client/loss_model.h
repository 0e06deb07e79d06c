// Loss put on received datagrams before anything looks at them, the same for the same seed: independent, or in bursts
// after Gilbert's two-state model (every datagram of the bad state is lost).
#pragma once

#include <cstdint>

#include "impair/random.h"

namespace punktfunk::client {

struct LossConfig {
  double percent = 0;       // 0 to 100, of all datagrams in the long run
  double burst_length = 1;  // mean datagrams a burst, >= 1; 1 = independent
  std::uint64_t seed = 1;
};

class LossModel {
 public:
  explicit LossModel(const LossConfig& config) noexcept;
  // Decides about the next datagram.
  bool drop() noexcept;

 private:
  SeededRandom random_;
  double enter_ = 0;  // chance of a lost datagram after one that arrived
  double leave_ = 0;  // chance of an arriving datagram after a lost one
  bool bad_ = false;
};

}  // namespace punktfunk::client
