// The C ABI from a caller who does anything: calls in any order, with any sizes, on objects that exist or not.
#include <fuzzer/FuzzedDataProvider.h>
#include <punktfunk_core.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

void require(bool condition) {
  if (!condition) { std::abort(); }
}

bool known(punktfunk_status status) {
  return status <= PUNKTFUNK_AGAIN && status >= PUNKTFUNK_NO_MEMORY;
}

template <typename T>
T any_struct(FuzzedDataProvider& input) {
  T value{};
  input.ConsumeData(&value, sizeof value);
  if (input.ConsumeBool()) { value.struct_size = sizeof value; }
  // A struct_size is the caller's word for memory that is there.
  if (value.struct_size > sizeof value) { value.struct_size = sizeof value; }
  return value;
}

punktfunk_session_config any_config(FuzzedDataProvider& input) {
  static std::uint64_t secrets = 0;
  punktfunk_session_config config;
  if (input.ConsumeBool()) {
    config = any_struct<punktfunk_session_config>(input);
    // What it asks for is allocated: keep the fuzzer's machine alive.
    for (auto& bytes : config.stream_max_frame_bytes) { bytes %= 100'000; }
  } else {
    require(punktfunk_session_config_init(&config, sizeof config) == PUNKTFUNK_OK);
    config.datagram_bytes = 512;
    config.stream_max_frame_bytes[0] = 20'000;
  }
  ++secrets;
  std::memcpy(config.secret, &secrets, sizeof secrets);
  return config;
}

void session(FuzzedDataProvider& input) {
  const punktfunk_session_config config = any_config(input);
  punktfunk_host* host = nullptr;
  punktfunk_client* client = nullptr;
  require(known(punktfunk_host_create(&config, &host)));
  require(known(punktfunk_client_create(&config, &client)));
  std::vector<std::uint8_t> bytes(21'000, 3), datagram;
  std::uint64_t now = 0;
  while (input.remaining_bytes() > 0) {
    const std::uint8_t *out = nullptr, *slices[3] = {bytes.data(), bytes.data() + 1, nullptr};
    std::size_t size = 0, sizes[3] = {input.ConsumeIntegralInRange<std::size_t>(0, 21'000), 5, 5};
    now += input.ConsumeIntegral<std::uint32_t>();
    switch (input.ConsumeIntegralInRange(0, 10)) {
      case 0: {
        const auto info = any_struct<punktfunk_frame_info>(input);
        const std::size_t count = input.ConsumeIntegralInRange<std::size_t>(0, 3);
        require(known(punktfunk_host_submit_frame(host, input.ConsumeIntegralInRange(0u, 4u), slices, sizes, count,
                                                  &info, now, nullptr)));
        break;
      }
      case 1:
        if (punktfunk_host_poll_datagram(host, now, &out, &size) == PUNKTFUNK_OK) { datagram.assign(out, out + size); }
        break;
      case 2:
        if (punktfunk_client_poll_datagram(client, now, &out, &size) == PUNKTFUNK_OK) {
          datagram.assign(out, out + size);
        }
        break;
      case 3:
        if (!datagram.empty() && input.ConsumeBool()) {
          datagram[input.ConsumeIntegralInRange<std::size_t>(0, datagram.size() - 1)] ^= 1;
        }
        require(known(punktfunk_client_feed_datagram(client, datagram.data(), datagram.size(), now)));
        require(known(punktfunk_host_feed_datagram(host, datagram.data(), datagram.size(), now)));
        break;
      case 4: {
        auto frame = any_struct<punktfunk_frame>(input);
        if (punktfunk_client_next_frame(client, &frame) == PUNKTFUNK_OK) { require(frame.bytes[frame.size - 1] == 3); }
        break;
      }
      case 5: {
        auto event = any_struct<punktfunk_host_event>(input);
        require(known(punktfunk_host_poll_event(host, now, &event)));
        break;
      }
      case 6: {
        auto event = any_struct<punktfunk_client_event>(input);
        require(known(punktfunk_client_poll_event(client, now, &event)));
        break;
      }
      case 7: {
        const auto info = any_struct<punktfunk_frame_info>(input);
        require(known(
            punktfunk_host_begin_frame(host, input.ConsumeIntegralInRange(0u, 4u), sizes[0], &info, now, nullptr)));
        break;
      }
      case 8: {
        const bool none = input.ConsumeIntegralInRange(0, 20) == 0;
        require(known(punktfunk_host_submit_slice(host, input.ConsumeIntegralInRange(0u, 4u),
                                                  none ? nullptr : slices[0], sizes[0], input.ConsumeBool())));
        break;
      }
      case 9: {
        auto stats = any_struct<punktfunk_host_stats>(input);
        require(known(punktfunk_host_get_stats(host, &stats)));
        break;
      }
      default: {
        auto stats = any_struct<punktfunk_client_stats>(input);
        require(known(punktfunk_client_get_stats(client, &stats)));
        std::uint64_t next = 0;
        require(known(punktfunk_host_next_ns(host, &next)) && known(punktfunk_client_next_ns(client, &next)));
      }
    }
  }
  punktfunk_host_destroy(host);
  punktfunk_client_destroy(client);
}

void fec(FuzzedDataProvider& input) {
  const auto some = [&](std::size_t most) {
    return input.ConsumeBool() ? input.ConsumeIntegralInRange<std::size_t>(0, most)
                               : input.ConsumeIntegral<std::size_t>();
  };
  punktfunk_fec* codec = nullptr;
  const std::size_t most_data = some(60), most_parity = some(30), most_bytes = some(300);
  // Valid and huge is asked for elsewhere: it takes its time here.
  if (most_data < 70'000 && most_parity < 70'000 && (most_data > 100 || most_parity > 100)) { return; }
  const punktfunk_status made =
      punktfunk_fec_create(input.ConsumeIntegralInRange(0u, 3u), most_data, most_parity, most_bytes, &codec);
  require(known(made) && (codec != nullptr) == (made == PUNKTFUNK_OK));
  const std::size_t data = input.ConsumeIntegralInRange<std::size_t>(0, 65),
                    parity = input.ConsumeIntegralInRange<std::size_t>(0, 35),
                    bytes = input.ConsumeIntegralInRange<std::size_t>(0, 310);
  std::vector<std::vector<std::uint8_t>> room(data + parity, std::vector<std::uint8_t>(bytes));
  std::vector<std::uint8_t*> shards;
  for (auto& shard : room) { shards.push_back(shard.data()); }
  for (std::size_t i = 0; i < data; ++i) {
    std::fill(room[i].begin(), room[i].end(), static_cast<std::uint8_t>(i * 3));
  }
  if (punktfunk_fec_encode(codec, shards.data(), data, shards.data() + data, parity, bytes) == PUNKTFUNK_OK) {
    std::vector<std::uint8_t> present;
    for (std::size_t i = 0; i < data + parity; ++i) {
      present.push_back(input.ConsumeIntegralInRange(0, 4) != 0);
      if (!present.back()) { std::fill(room[i].begin(), room[i].end(), std::uint8_t{0xEE}); }
    }
    if (punktfunk_fec_decode(codec, shards.data(), present.data(), data, parity, bytes) == PUNKTFUNK_OK) {
      for (std::size_t i = 0; i < data; ++i) {
        for (const std::uint8_t b : room[i]) { require(b == static_cast<std::uint8_t>(i * 3)); }
      }
    }
  }
  punktfunk_fec_destroy(codec);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  if (input.ConsumeBool()) {
    session(input);
  } else {
    fec(input);
  }
  return 0;
}
