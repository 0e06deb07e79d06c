/* A C11 program: a session of both ends with every tenth datagram lost, FEC and sealing by themselves. */
#include <punktfunk_core.h>
#include <string.h>

#include "check.h"

static uint8_t byte_of(uint32_t frame, size_t i) {
  return (uint8_t)(frame * 31 + i * 7 + (i >> 8));
}

static void feed_back(punktfunk_client* client, punktfunk_host* host, uint64_t now_ns) {
  const uint8_t* datagram = NULL;
  size_t size = 0;
  while (punktfunk_client_poll_datagram(client, now_ns, &datagram, &size) == PUNKTFUNK_OK) {
    CHECK(punktfunk_host_feed_datagram(host, datagram, size, now_ns) == PUNKTFUNK_OK);
  }
}

static void session(uint32_t suite) {
  punktfunk_session_config config;
  CHECK(punktfunk_session_config_init(&config, sizeof config) == PUNKTFUNK_OK);
  config.suite = suite;
  memset(config.secret, (int)suite, sizeof config.secret);
  config.stream_max_frame_bytes[0] = 200000;
  config.stream_max_frame_bytes[1] = 1000;
  config.stream_kind[1] = PUNKTFUNK_STREAM_SOUND;
  punktfunk_host* host = NULL;
  punktfunk_client* client = NULL;
  CHECK(punktfunk_host_create(&config, &host) == PUNKTFUNK_OK);
  CHECK(punktfunk_client_create(&config, &client) == PUNKTFUNK_OK);

  static uint8_t bytes[150000];
  uint64_t now_ns = 1000;
  uint32_t delivered = 0, datagrams = 0;
  for (uint32_t frame = 1; frame <= 30; ++frame) {
    const size_t size = frame * 5000;
    for (size_t i = 0; i < size; ++i) bytes[i] = byte_of(frame, i);
    const uint8_t* slices[2] = {bytes, bytes + 1000};
    const size_t slice_bytes[2] = {1000, size - 1000};
    punktfunk_frame_info info = PUNKTFUNK_INIT(punktfunk_frame_info);
    info.capture_ns = now_ns;
    info.latency_us = 42;
    info.flags = frame == 1 ? PUNKTFUNK_FRAME_IDR : 0;
    uint32_t number = 0;
    if (frame % 2 == 1) {
      CHECK(punktfunk_host_submit_frame(host, 0, slices, slice_bytes, 2, &info, now_ns, &number) == PUNKTFUNK_OK);
    } else { /* slice by slice */
      CHECK(punktfunk_host_begin_frame(host, 0, size, &info, now_ns, &number) == PUNKTFUNK_OK);
      for (int i = 0; i < 2; ++i)
        CHECK(punktfunk_host_submit_slice(host, 0, slices[i], slice_bytes[i], i == 1) == PUNKTFUNK_OK);
    }
    CHECK(number == frame);
    const uint64_t end_ns = now_ns + 16000000;
    while (now_ns < end_ns) {
      const uint8_t* datagram = NULL;
      size_t datagram_bytes = 0;
      while (punktfunk_host_poll_datagram(host, now_ns, &datagram, &datagram_bytes) == PUNKTFUNK_OK) {
        CHECK(datagram_bytes <= 1472 && datagram_bytes >= 128);
        if (++datagrams % 10 == 0) continue;
        const punktfunk_status status = punktfunk_client_feed_datagram(client, datagram, datagram_bytes, now_ns);
        CHECK(status == PUNKTFUNK_OK || status == PUNKTFUNK_AGAIN);
        if (status != PUNKTFUNK_OK) continue;
        punktfunk_frame got = PUNKTFUNK_INIT(punktfunk_frame);
        CHECK(punktfunk_client_next_frame(client, &got) == PUNKTFUNK_OK);
        CHECK(punktfunk_client_next_frame(client, &got) == PUNKTFUNK_AGAIN);
        CHECK(got.struct_size == sizeof got && got.stream == 0 && got.number == frame && got.size == size &&
              got.clean == 1);
        CHECK(got.slice_count == 2 && got.slice_ends[0] == 1000 && got.slice_ends[1] == size);
        CHECK(got.latency_us == 42 && got.flags == info.flags);
        CHECK(memcmp(got.bytes, bytes, size) == 0);
        ++delivered;
      }
      feed_back(client, host, now_ns);
      uint64_t next_ns = 0;
      CHECK(punktfunk_host_next_ns(host, &next_ns) == PUNKTFUNK_OK);
      now_ns += 100000;
    }
  }
  CHECK(delivered == 30);
  punktfunk_host_event event = PUNKTFUNK_INIT(punktfunk_host_event);
  CHECK(punktfunk_host_poll_event(host, now_ns, &event) == PUNKTFUNK_OK);
  CHECK(event.kind == PUNKTFUNK_HOST_FEEDBACK && event.struct_size == sizeof event);
  punktfunk_host_stats host_stats = PUNKTFUNK_INIT(punktfunk_host_stats);
  punktfunk_client_stats client_stats = PUNKTFUNK_INIT(punktfunk_client_stats);
  CHECK(punktfunk_host_get_stats(host, &host_stats) == PUNKTFUNK_OK);
  CHECK(punktfunk_client_get_stats(client, &client_stats) == PUNKTFUNK_OK);
  CHECK(host_stats.frames == 30 && host_stats.datagrams == datagrams && host_stats.packet_number == datagrams);
  CHECK(client_stats.frames[0] == 30 && client_stats.frames_lost[0] == 0 && client_stats.shards_repaired[0] > 20);
  punktfunk_host* again = NULL;
  CHECK(punktfunk_host_create(&config, &again) == PUNKTFUNK_EXHAUSTED && again == NULL);
  punktfunk_client_destroy(client);
  punktfunk_host_destroy(host);
}

static void fec(uint32_t code, size_t data_shards, size_t parity_shards, size_t bytes) {
  punktfunk_fec* codec = NULL;
  CHECK(punktfunk_fec_create(code, data_shards, parity_shards, bytes, &codec) == PUNKTFUNK_OK);
  const size_t total = data_shards + parity_shards;
  uint8_t* room = malloc(total * bytes);
  uint8_t** shards = malloc(total * sizeof *shards);
  uint8_t* present = malloc(total);
  CHECK(room && shards && present);
  for (size_t s = 0; s < total; ++s) {
    shards[s] = room + s * bytes;
    present[s] = s >= parity_shards; /* the first ones are lost: as many as there is parity */
    for (size_t i = 0; i < bytes; ++i) shards[s][i] = byte_of((uint32_t)s, i);
  }
  CHECK(punktfunk_fec_encode(codec, (const uint8_t* const*)shards, data_shards, shards + data_shards, parity_shards,
                             bytes) == PUNKTFUNK_OK);
  for (size_t s = 0; s < parity_shards && s < data_shards; ++s) memset(shards[s], 0xEE, bytes);
  CHECK(punktfunk_fec_decode(codec, shards, present, data_shards, parity_shards, bytes) == PUNKTFUNK_OK);
  for (size_t s = 0; s < data_shards; ++s) {
    for (size_t i = 0; i < bytes; ++i) CHECK(shards[s][i] == byte_of((uint32_t)s, i));
  }
  present[total - 1] = 0;
  CHECK(punktfunk_fec_decode(codec, shards, present, data_shards, parity_shards, bytes) == PUNKTFUNK_UNRECOVERABLE);
  free(present);
  free(shards);
  free(room);
  punktfunk_fec_destroy(codec);
}

static void sealing(void) {
  punktfunk_crypto_config config = PUNKTFUNK_INIT(punktfunk_crypto_config);
  config.suite = PUNKTFUNK_SUITE_AES_128_GCM;
  memset(config.secret, 0x77, sizeof config.secret);
  config.direction = PUNKTFUNK_CLIENT_TO_HOST;
  config.first_packet_number = 500;
  punktfunk_sealer* sealer = NULL;
  punktfunk_opener* opener = NULL;
  CHECK(punktfunk_sealer_create(&config, &sealer) == PUNKTFUNK_OK);
  CHECK(punktfunk_opener_create(&config, &opener) == PUNKTFUNK_OK);
  uint8_t packet[116] = {0x12}, datagram[132], body[100];
  size_t size = 0;
  for (int i = 0; i < 100; ++i) packet[16 + i] = (uint8_t)i;
  CHECK(punktfunk_seal(sealer, packet, sizeof packet, datagram, sizeof datagram, &size) == PUNKTFUNK_OK && size == 132);
  CHECK(datagram[0] == 0x12 && datagram[8] == (500 & 255) && datagram[9] == 500 >> 8);
  datagram[50] ^= 1;
  CHECK(punktfunk_open(opener, datagram, sizeof datagram, body, sizeof body, &size) == PUNKTFUNK_NOT_AUTHENTIC &&
        size == 0);
  datagram[50] ^= 1;
  CHECK(punktfunk_open(opener, datagram, sizeof datagram, body, sizeof body, &size) == PUNKTFUNK_OK && size == 100);
  CHECK(memcmp(body, packet + 16, 100) == 0);
  CHECK(punktfunk_open(opener, datagram, sizeof datagram, body, sizeof body, &size) == PUNKTFUNK_REPLAYED);
  punktfunk_sealer_destroy(sealer);
  punktfunk_opener_destroy(opener);
}

int main(void) {
  CHECK(punktfunk_abi_version() == PUNKTFUNK_ABI_VERSION);
  CHECK(strlen(punktfunk_status_text(PUNKTFUNK_NO_MEMORY)) > 10);
  session(PUNKTFUNK_SUITE_AES_128_GCM);
  session(PUNKTFUNK_SUITE_CHACHA20_POLY1305);
  fec(PUNKTFUNK_FEC_GF16, 100, 20, 1408);
  fec(PUNKTFUNK_FEC_GF16, 3, 5, 62);
  fec(PUNKTFUNK_FEC_GF8_VIDEO, 50, 10, 1392);
  fec(PUNKTFUNK_FEC_GF8_AUDIO, 4, 2, 333);
  sealing();
  puts("round trip: ok");
  return 0;
}
