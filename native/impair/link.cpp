#include "impair/link.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace punktfunk {

Timeline::Timeline(std::vector<LinkStep> steps, std::uint64_t repeat_ns)
    : steps_(std::move(steps)), repeat_ns_(repeat_ns) {
  PF_ASSERT(!steps_.empty() && std::is_sorted(steps_.begin(), steps_.end(), [](const LinkStep& a, const LinkStep& b) {
    return a.from_ns < b.from_ns;
  }));
  PF_ASSERT(repeat_ns_ == 0 || repeat_ns_ > steps_.back().from_ns);
}

const LinkConfig& Timeline::at(std::uint64_t ns) const {
  if (repeat_ns_ != 0) { ns %= repeat_ns_; }
  const auto later = std::upper_bound(steps_.begin(), steps_.end(), ns,
                                      [](std::uint64_t when, const LinkStep& step) { return when < step.from_ns; });
  return later == steps_.begin() ? steps_.front().link : std::prev(later)->link;
}

}  // namespace punktfunk
