#include "engine/pads/force_feedback.h"

#include <algorithm>
#include <cstdlib>

namespace punktfunk {
namespace {

constexpr std::uint64_t for_ever = ~std::uint64_t{0};
constexpr std::uint64_t ns_per_ms = 1'000'000;

bool known(int id) {
  return id >= 0 && id < ForceFeedback::max_effects;
}

}  // namespace

bool ForceFeedback::put(const ff_effect& effect) {
  if (!known(effect.id)) { return false; }
  Effect& kept = effects_[static_cast<std::size_t>(effect.id)];
  std::uint16_t low = 0, high = 0;
  if (effect.type == FF_RUMBLE) {
    low = effect.u.rumble.strong_magnitude;
    high = effect.u.rumble.weak_magnitude;
  } else if (effect.type == FF_PERIODIC) {
    // As the kernel does for pads that can only rumble.
    low = high = static_cast<std::uint16_t>(std::min(std::abs(effect.u.periodic.magnitude) * 2, 0xFFFF));
  } else {
    return false;
  }
  const std::uint64_t begins = kept.begins_ns, ends = kept.ends_ns;
  kept = {.there = true,
          .low = low,
          .high = high,
          .delay_ms = effect.replay.delay,
          .length_ms = effect.replay.length,
          .begins_ns = begins,
          .ends_ns = ends};
  return true;
}

void ForceFeedback::remove(int id) {
  if (known(id)) { effects_[static_cast<std::size_t>(id)] = {}; }
}

void ForceFeedback::play(int id, int times, std::uint64_t now_ns) {
  if (!known(id)) { return; }
  Effect& effect = effects_[static_cast<std::size_t>(id)];
  if (!effect.there || times <= 0) {
    effect.begins_ns = effect.ends_ns = 0;
    return;
  }
  effect.begins_ns = now_ns + effect.delay_ms * ns_per_ms;
  effect.ends_ns = effect.length_ms == 0
                       ? for_ever
                       : now_ns + static_cast<std::uint64_t>(times) * (effect.delay_ms + effect.length_ms) * ns_per_ms;
}

void ForceFeedback::gain(int of_65535) {
  gain_ = static_cast<std::uint32_t>(std::clamp(of_65535, 0, 0xFFFF));
}

Rumble ForceFeedback::at(std::uint64_t now_ns) const {
  std::uint32_t low = 0, high = 0;
  for (const Effect& effect : effects_) {
    if (now_ns < effect.begins_ns || now_ns >= effect.ends_ns) { continue; }
    low += effect.low;
    high += effect.high;
  }
  const auto strength = [this](std::uint32_t sum) {
    return static_cast<std::uint16_t>(std::uint64_t{std::min(sum, 0xFFFFu)} * gain_ / 0xFFFF);
  };
  return {.low = strength(low), .high = strength(high)};
}

std::uint64_t ForceFeedback::next_change_ns(std::uint64_t now_ns) const {
  std::uint64_t next = for_ever;
  for (const Effect& effect : effects_) {
    for (const std::uint64_t at : {effect.begins_ns, effect.ends_ns}) {
      if (at > now_ns) { next = std::min(next, at); }
    }
  }
  return next == for_ever ? 0 : next;
}

}  // namespace punktfunk
