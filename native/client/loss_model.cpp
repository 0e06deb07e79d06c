#include "client/loss_model.h"

#include <algorithm>

namespace punktfunk::client {

LossModel::LossModel(const LossConfig& config) noexcept : state_(config.seed) {
  const double loss = std::clamp(config.percent / 100, 0.0, 1.0);
  const double burst = std::max(config.burst_length, 1.0);
  if (loss >= 1) {
    enter_ = 1;
  } else if (burst == 1) {
    enter_ = loss;
    leave_ = 1 - loss;  // independent: the last datagram's fate says nothing
  } else {
    leave_ = 1 / burst;
    enter_ = std::min(1.0, loss * leave_ / (1 - loss));
  }
}

bool LossModel::drop() noexcept {
  bad_ = bad_ ? uniform() >= leave_ : uniform() < enter_;
  return bad_;
}

// SplitMix64 (Steele, Lea, Flood 2014): any seed is a good one.
double LossModel::uniform() noexcept {
  state_ += 0x9E3779B97F4A7C15ull;
  std::uint64_t z = state_;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}  // namespace punktfunk::client
