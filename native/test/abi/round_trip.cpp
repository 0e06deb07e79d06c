// A C++ program against the same header: one frame through both ends, slice by slice, with the shards that its parity
// can repair lost.
#include <punktfunk_core.h>

#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "check.h"

namespace {

template <auto Destroy>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Destroy(object);
  }
};
using Host = std::unique_ptr<punktfunk_host, Deleter<punktfunk_host_destroy>>;
using Client = std::unique_ptr<punktfunk_client, Deleter<punktfunk_client_destroy>>;

}  // namespace

int main() {
  CHECK(punktfunk_abi_version() == PUNKTFUNK_ABI_VERSION);
  for (int code = 1; code >= -12; --code) { CHECK(std::string(punktfunk_status_text(code)).size() >= 2); }
  punktfunk_session_config config;
  CHECK(punktfunk_session_config_init(&config, sizeof config) == PUNKTFUNK_OK);
  CHECK(config.struct_size == sizeof config && config.datagram_bytes == 1472 && config.first_frame == 1);
  std::memset(config.secret, 0xC7, sizeof config.secret);
  config.stream_max_frame_bytes[3] = 50'000;
  config.spread = 0;
  punktfunk_host* raw_host = nullptr;
  punktfunk_client* raw_client = nullptr;
  CHECK(punktfunk_host_create(&config, &raw_host) == PUNKTFUNK_OK);
  CHECK(punktfunk_client_create(&config, &raw_client) == PUNKTFUNK_OK);
  const Host host(raw_host);
  const Client client(raw_client);

  std::vector<std::uint8_t> bytes(40'000);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  punktfunk_frame_info info = PUNKTFUNK_INIT(punktfunk_frame_info);
  CHECK(punktfunk_host_begin_frame(host.get(), 3, bytes.size(), &info, 5, nullptr) == PUNKTFUNK_OK);

  const std::uint8_t* datagram = nullptr;
  std::size_t datagram_bytes = 0;
  int sent = 0, frames = 0;
  // The first slice leaves, and is lost, before the second one is there.
  CHECK(punktfunk_host_submit_slice(host.get(), 3, bytes.data(), 8'000, 0) == PUNKTFUNK_OK);
  while (punktfunk_host_poll_datagram(host.get(), 5, &datagram, &datagram_bytes) == PUNKTFUNK_OK) { ++sent; }
  CHECK(sent == 6);
  CHECK(punktfunk_host_submit_slice(host.get(), 3, bytes.data() + 8'000, bytes.size() - 8'000, 1) == PUNKTFUNK_OK);
  while (punktfunk_host_poll_datagram(host.get(), 5, &datagram, &datagram_bytes) == PUNKTFUNK_OK) {
    ++sent;
    if (punktfunk_client_feed_datagram(client.get(), datagram, datagram_bytes, 6) != PUNKTFUNK_OK) { continue; }
    punktfunk_frame frame = PUNKTFUNK_INIT(punktfunk_frame);
    CHECK(punktfunk_client_next_frame(client.get(), &frame) == PUNKTFUNK_OK);
    CHECK(frame.stream == 3 && frame.repaired_shards == 6 && frame.parity_shards == 6 && frame.size == bytes.size());
    CHECK(frame.slice_count == 2 && frame.slice_ends[0] == 8'000);
    CHECK(std::memcmp(frame.bytes, bytes.data(), bytes.size()) == 0);
    ++frames;
  }
  CHECK(sent == 35 && frames == 1);
  std::puts("round trip: ok");
  return 0;
}
