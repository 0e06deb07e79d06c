// Messages of host and engine as JSON: whatever the bytes, what is read is written and read again as the same, and what
// is not has a place and a reason.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "contract/messages.h"

namespace contract = punktfunk::contract;

namespace {

template <typename Read>
void check(Read read, std::string_view json) {
  const auto message = read(json);
  if (!message) {
    if (message.error().find(": ") == std::string::npos) { std::abort(); }
    return;
  }
  const auto again = read(contract::write(*message));
  if (!again || *again != *message) { std::abort(); }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  check(contract::read_host_message, json);
  check(contract::read_engine_message, json);
  return 0;
}
