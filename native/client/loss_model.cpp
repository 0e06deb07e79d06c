#include "client/loss_model.h"

#include <algorithm>

namespace punktfunk::client {

LossModel::LossModel(const LossConfig& config) noexcept : random_(config.seed) {
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
  bad_ = bad_ ? !random_.chance(leave_) : random_.chance(enter_);
  return bad_;
}

}  // namespace punktfunk::client
