// Of a build without libavfilter.
#include "likeness.h"

#include <utility>

namespace punktfunk::encode_meter {

struct Likeness::State {};
std::string filter_version() {
  return "";
}
bool filters_have_vmaf() {
  return false;
}
Likeness::Likeness(std::unique_ptr<State> state) : state_(std::move(state)) {}
Likeness::~Likeness() = default;
std::unique_ptr<Likeness> Likeness::open(std::uint32_t, std::uint32_t) {
  return nullptr;
}
std::optional<Likeness::Scores> Likeness::compare(const judge::Plane&, const judge::Plane&) {
  return std::nullopt;
}
std::vector<double> Likeness::vmaf() {
  return {};
}

}  // namespace punktfunk::encode_meter
