#include "engine/pipeline/capabilities.h"

#include <link.h>

#include "core/fec/cpu.h"
#include "engine/encode/encoder.h"

namespace punktfunk {
namespace {

constexpr std::size_t max_libraries = 192;  // of src/contract/capabilities.ts
constexpr std::size_t max_path_bytes = 256;
constexpr std::uint16_t max_side_px = 8192;

std::vector<std::string> loaded_libraries() {
  std::vector<std::string> paths;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* to) {
        auto& found = *static_cast<std::vector<std::string>*>(to);
        const std::string_view path = info->dlpi_name;
        if (path.starts_with('/') && path.size() <= max_path_bytes && found.size() < max_libraries) {
          found.emplace_back(path);
        }
        return 0;
      },
      &paths);
  return paths;
}

}  // namespace

contract::Capabilities capabilities(const std::string& module_dir) {
  contract::Capabilities c;
  c.instruction_set = fec::isa_name(fec::current_isa());
  for (auto& [library, codec, failure] : try_encoders(module_dir)) {
    c.encoders.push_back({.name = library,
                          .codec = codec,
                          .bit_depths = {8},
                          .chromas = {contract::Chroma::yuv420},
                          .max_side_px = max_side_px,
                          .failure = std::move(failure)});
  }
  c.libraries = loaded_libraries();
  return c;
}

}  // namespace punktfunk
