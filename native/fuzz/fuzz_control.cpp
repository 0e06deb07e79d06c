// Sealed control messages from anyone. The tag stops nearly everything, so half of the inputs are sealed here first:
// what follows the tag's check sees every byte too.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/packet/gamestream_control.h"

using namespace punktfunk;
using namespace punktfunk::gamestream;

namespace {

void require(bool condition) {
  if (!condition) { std::abort(); }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Aes128Gcm aes(AesKey{3});
  FuzzedDataProvider input(data, size);
  const bool sealed = input.ConsumeBool();
  const NonceScheme scheme = input.ConsumeBool() ? NonceScheme::v2 : NonceScheme::legacy16;
  const Side sender = input.ConsumeBool() ? Side::client : Side::host;
  const std::size_t room = input.ConsumeIntegralInRange<std::size_t>(0, 2000);
  std::vector<std::uint8_t> message = input.ConsumeRemainingBytes<std::uint8_t>();
  if (sealed && message.size() >= control_envelope_bytes) {
    std::uint8_t nonce[16] = {};
    if (scheme == NonceScheme::v2) {
      std::memcpy(nonce, message.data() + 4, 4);
      nonce[10] = sender == Side::client ? 'C' : 'H';
      nonce[11] = 'C';
    } else {
      nonce[0] = message[4];
    }
    require(aes.seal({nonce, scheme == NonceScheme::v2 ? 12u : 16u}, std::span(message).subspan(control_envelope_bytes),
                     message.data() + control_envelope_bytes, message.data() + 8) == Status::ok);
  }
  std::vector<std::uint8_t> plain(room);
  std::uint32_t sequence = 0;
  std::uint16_t type = 0;
  std::span<const std::uint8_t> payload;
  if (open_control(aes, scheme, sender, message, plain, sequence, type, payload) != Status::ok) {
    require(payload.empty());
    return 0;
  }
  require(sealed || message.size() < control_envelope_bytes);
  require(payload.size() == message.size() - control_envelope_bytes - 4);
  std::vector<std::uint8_t> again(message.size());
  std::size_t bytes = 0;
  require(seal_control(aes, scheme, sender, sequence, type, payload, again, bytes) == Status::ok);
  require(again == message && bytes == message.size());
  return 0;
}
