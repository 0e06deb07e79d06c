#include "core/packet/gamestream_video_layout.h"

#include <algorithm>

#include "base/assert.h"
#include "core/fec/gf8.h"

namespace punktfunk::gamestream {
namespace {

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

std::size_t max_data_shards(unsigned percent) {
  return percent == 0 ? max_data_shards_unprotected : gf8::max_block_shards * 100 / (100 + percent);
}

BlockPlan split(std::size_t total, std::size_t blocks, unsigned percent) {
  const std::size_t each = ceil_div(total, blocks);
  PF_ASSERT(blocks > 0 && blocks <= max_blocks && total > each * (blocks - 1));
  return {blocks, each, total - each * (blocks - 1), percent};
}

}  // namespace

BlockPlan plan_blocks(std::size_t total, unsigned percent, unsigned min_parity) noexcept {
  if (total == 0 || total > max_blocks * max_data_shards_unprotected || percent > max_fec_percent) { return {}; }
  if (percent == 0) { return split(total, ceil_div(total, max_data_shards_unprotected), 0); }
  const std::size_t blocks = ceil_div(total, max_data_shards(percent));
  if (blocks > max_blocks) { return split(total, max_blocks, 0); }
  BlockPlan plan = split(total, blocks, percent);
  const auto short_of_minimum = [&] { return parity_shards(plan.last_data_shards, plan.percent) < min_parity; };
  if (short_of_minimum()) {
    // The percent that other hosts announce here, then up where its rounding falls short (blocks over 100 shards).
    plan.percent = static_cast<unsigned>(
        std::clamp<std::size_t>(100 * std::size_t{min_parity} / plan.last_data_shards, percent, max_fec_percent));
    while (short_of_minimum() && plan.percent < max_fec_percent) { ++plan.percent; }
    while (plan.data_shards + parity_shards(plan.data_shards, plan.percent) > gf8::max_block_shards) { --plan.percent; }
  }
  PF_ASSERT(plan.percent <= max_fec_percent);
  return plan;
}

}  // namespace punktfunk::gamestream
