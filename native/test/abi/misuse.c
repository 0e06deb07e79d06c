/* Everything that a caller can do wrong has a status, and nothing else happens. */
#include <pthread.h>
#include <punktfunk_core.h>
#include <stdatomic.h>
#include <string.h>

#include "check.h"

static punktfunk_session_config good_config(uint8_t secret) {
  punktfunk_session_config config;
  CHECK(punktfunk_session_config_init(&config, sizeof config) == PUNKTFUNK_OK);
  memset(config.secret, secret, sizeof config.secret);
  config.stream_max_frame_bytes[0] = 3000000;
  return config;
}

/* Both ends refuse it the same. */
static punktfunk_status refused(punktfunk_session_config config) {
  punktfunk_host* host = (punktfunk_host*)&config;
  punktfunk_client* client = (punktfunk_client*)&config;
  const punktfunk_status status = punktfunk_host_create(&config, &host);
  CHECK(status != PUNKTFUNK_OK && host == NULL);
  CHECK(punktfunk_client_create(&config, &client) == status && client == NULL);
  return status;
}

static void configs(void) {
  const punktfunk_session_config good = good_config(1);
  punktfunk_session_config bad;
#define REFUSED(change, want) \
  bad = good;                 \
  change;                     \
  CHECK(refused(bad) == want)
  REFUSED(bad.struct_size = 0, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.struct_size = 4, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.struct_size = sizeof bad - 1, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.suite = 0, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.suite = 257, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.datagram_bytes = 511, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.datagram_bytes = UINT32_MAX, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.stream_max_frame_bytes[0] = 0, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.stream_max_frame_bytes[1] = UINT64_MAX, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.stream_parity_percent[0] = 101, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.stream_kind[2] = 2, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.first_epoch = 65536, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.peer_epoch = 65536, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.reserved = 1, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.spread = 1.5, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.spread = -1, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.max_rate_bps = -1, PUNKTFUNK_INVALID_ARGUMENT);
  REFUSED(bad.frame_interval_ns = 0, PUNKTFUNK_INVALID_ARGUMENT);

  /* A newer caller: longer, and the new part asks for nothing, or for something. */
  struct {
    punktfunk_session_config config;
    uint64_t field_to_come;
  } newer = {good_config(2), 0};
  newer.config.struct_size = sizeof newer;
  punktfunk_client* client = NULL;
  CHECK(punktfunk_client_create(&newer.config, &client) == PUNKTFUNK_OK);
  punktfunk_client_destroy(client);
  newer.field_to_come = 1;
  CHECK(punktfunk_client_create(&newer.config, &client) == PUNKTFUNK_UNSUPPORTED && client == NULL);

  CHECK(punktfunk_session_config_init(NULL, sizeof good) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_session_config_init(&bad, 8) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_create(&good, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  punktfunk_host* host = NULL;
  CHECK(punktfunk_host_create(NULL, &host) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_client_create(NULL, &client) == PUNKTFUNK_INVALID_ARGUMENT);
  punktfunk_host_destroy(NULL);
  punktfunk_client_destroy(NULL);
  punktfunk_fec_destroy(NULL);
  punktfunk_sealer_destroy(NULL);
  punktfunk_opener_destroy(NULL);
}

static void host_calls(punktfunk_host* host) {
  static uint8_t bytes[3000001];
  const uint8_t* slices[65];
  size_t sizes[65];
  for (int i = 0; i < 65; ++i) {
    slices[i] = bytes;
    sizes[i] = 10;
  }
  punktfunk_frame_info info = PUNKTFUNK_INIT(punktfunk_frame_info);
#define SUBMIT(stream, s, n, count, i) punktfunk_host_submit_frame(host, stream, s, n, count, i, 0, NULL)
  CHECK(SUBMIT(0, NULL, sizes, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SUBMIT(0, slices, NULL, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SUBMIT(0, slices, sizes, 0, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SUBMIT(0, slices, sizes, 65, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SUBMIT(0, slices, sizes, SIZE_MAX, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SUBMIT(0, slices, sizes, 1, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SUBMIT(1, slices, sizes, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SUBMIT(UINT32_MAX, slices, sizes, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  info.flags = 4;
  CHECK(SUBMIT(0, slices, sizes, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  info.flags = 0;
  info.struct_size = 8;
  CHECK(SUBMIT(0, slices, sizes, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  info.struct_size = sizeof info;
  sizes[0] = 0;
  CHECK(SUBMIT(0, slices, sizes, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  sizes[0] = sizeof bytes;
  CHECK(SUBMIT(0, slices, sizes, 1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  sizes[0] = SIZE_MAX;
  CHECK(SUBMIT(0, slices, sizes, 2, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  sizes[0] = 10;
  slices[1] = NULL;
  CHECK(SUBMIT(0, slices, sizes, 2, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_submit_frame(NULL, 0, slices, sizes, 1, &info, 0, NULL) == PUNKTFUNK_INVALID_ARGUMENT);

  slices[1] = bytes;
#define BEGIN(stream, i) punktfunk_host_begin_frame(host, stream, 100, i, 0, NULL)
#define SLICE(stream, s, n) punktfunk_host_submit_slice(host, stream, s, n, 0)
  CHECK(SLICE(0, bytes, 10) == PUNKTFUNK_WRONG_STATE); /* none begun */
  CHECK(BEGIN(0, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(BEGIN(1, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(BEGIN(UINT32_MAX, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  info.flags = 4;
  CHECK(BEGIN(0, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  info.flags = 0;
  info.struct_size = 8;
  CHECK(BEGIN(0, &info) == PUNKTFUNK_INVALID_ARGUMENT);
  info.struct_size = sizeof info;
  CHECK(punktfunk_host_begin_frame(NULL, 0, 100, &info, 0, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_submit_slice(NULL, 0, bytes, 10, 0) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SLICE(1, bytes, 10) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SLICE(0, NULL, 10) == PUNKTFUNK_INVALID_ARGUMENT);

  const uint8_t* datagram = NULL;
  size_t size = 0;
  uint64_t next_ns = 0;
  CHECK(punktfunk_host_poll_datagram(host, 0, &datagram, &size) ==
        PUNKTFUNK_AGAIN); /* nothing of the above was taken */
  CHECK(punktfunk_host_poll_datagram(host, 0, NULL, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_poll_datagram(host, 0, &datagram, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_poll_datagram(NULL, 0, &datagram, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_feed_datagram(host, NULL, 100, 0) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_feed_datagram(host, bytes, 0, 0) == PUNKTFUNK_MALFORMED);
  CHECK(punktfunk_host_feed_datagram(host, bytes, 96, 0) == PUNKTFUNK_NOT_AUTHENTIC);
  CHECK(punktfunk_host_feed_datagram(host, bytes, 65000, 0) == PUNKTFUNK_MALFORMED);
  CHECK(punktfunk_host_next_ns(host, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_next_ns(host, &next_ns) == PUNKTFUNK_OK && next_ns == UINT64_MAX);
  punktfunk_host_event event = PUNKTFUNK_INIT(punktfunk_host_event);
  CHECK(punktfunk_host_poll_event(host, 0, &event) == PUNKTFUNK_AGAIN);
  CHECK(punktfunk_host_poll_event(host, 0, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  event.struct_size = 8;
  CHECK(punktfunk_host_poll_event(host, 0, &event) == PUNKTFUNK_INVALID_ARGUMENT);
  punktfunk_host_stats stats = {0};
  CHECK(punktfunk_host_get_stats(host, &stats) == PUNKTFUNK_INVALID_ARGUMENT);
  stats.struct_size = sizeof stats;
  CHECK(punktfunk_host_get_stats(host, &stats) == PUNKTFUNK_OK && stats.frames == 0 && stats.refused == 3);

  /* A frame of slices that are refused, and one that is abandoned. */
  uint32_t number = 0;
  CHECK(punktfunk_host_begin_frame(host, 0, SIZE_MAX, &info, 0, &number) == PUNKTFUNK_OK && number == 1);
  CHECK(SLICE(0, bytes, 0) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SLICE(0, bytes, SIZE_MAX) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(SLICE(0, bytes, sizeof bytes) == PUNKTFUNK_INVALID_ARGUMENT);
  for (int i = 0; i < 64; ++i) CHECK(SLICE(0, bytes, 10) == PUNKTFUNK_OK);
  CHECK(SLICE(0, bytes, 10) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_host_begin_frame(host, 0, 0, &info, 0, &number) == PUNKTFUNK_OK && number == 2);
  CHECK(punktfunk_host_submit_slice(host, 0, bytes, 10, 1) == PUNKTFUNK_OK);
  CHECK(punktfunk_host_submit_slice(host, 0, bytes, 10, 1) == PUNKTFUNK_WRONG_STATE);
  CHECK(punktfunk_host_get_stats(host, &stats) == PUNKTFUNK_OK && stats.frames == 2 && stats.frames_cut == 1);
}

static void client_calls(void) {
  punktfunk_session_config config = good_config(4);
  punktfunk_client* client = NULL;
  CHECK(punktfunk_client_create(&config, &client) == PUNKTFUNK_OK);
  uint8_t bytes[2000] = {0};
  punktfunk_frame frame = PUNKTFUNK_INIT(punktfunk_frame);
  punktfunk_client_event event = PUNKTFUNK_INIT(punktfunk_client_event);
  CHECK(punktfunk_client_next_frame(client, &frame) == PUNKTFUNK_AGAIN);
  CHECK(punktfunk_client_next_frame(client, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  frame.struct_size = 20;
  CHECK(punktfunk_client_next_frame(client, &frame) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_client_feed_datagram(client, NULL, 9, 0) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_client_feed_datagram(client, bytes, 31, 0) == PUNKTFUNK_MALFORMED);
  CHECK(punktfunk_client_feed_datagram(client, bytes, 1472, 0) == PUNKTFUNK_NOT_AUTHENTIC);
  CHECK(punktfunk_client_feed_datagram(client, bytes, 1473, 0) == PUNKTFUNK_MALFORMED);
  const uint8_t* datagram = NULL;
  size_t size = 0;
  uint64_t next_ns = 0;
  CHECK(punktfunk_client_poll_datagram(client, 0, &datagram, &size) == PUNKTFUNK_AGAIN && datagram == NULL &&
        size == 0);
  CHECK(punktfunk_client_poll_datagram(client, 0, NULL, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_client_poll_event(client, 0, &event) == PUNKTFUNK_AGAIN);
  CHECK(punktfunk_client_poll_event(client, 0, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_client_next_ns(client, &next_ns) == PUNKTFUNK_OK && next_ns == UINT64_MAX);
  CHECK(punktfunk_client_next_ns(client, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_client_get_stats(client, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_client_get_stats(NULL, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  punktfunk_client_destroy(client);
}

static void fec_calls(void) {
  punktfunk_fec* fec = NULL;
#define MAKE(code, data, parity, bytes) punktfunk_fec_create(code, data, parity, bytes, &fec)
  CHECK(punktfunk_fec_create(0, 4, 2, 64, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(3, 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT && fec == NULL);
  CHECK(MAKE(0, 0, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(0, 4, 0, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(0, 4, 2, 0) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(0, 65535, 1, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(0, SIZE_MAX, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(0, 4, SIZE_MAX, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(0, 4, 2, SIZE_MAX) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(1, 250, 6, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(MAKE(0, 4, 2, 63) == PUNKTFUNK_INVALID_ARGUMENT); /* odd */
  CHECK(MAKE(0, 4, 2, 64) == PUNKTFUNK_OK);
  uint8_t room[6][64] = {{0}};
  uint8_t* shards[6];
  uint8_t present[6] = {1, 1, 1, 1, 1, 1};
  for (int i = 0; i < 6; ++i) shards[i] = room[i];
#define ENCODE(data, k, parity, m, bytes) punktfunk_fec_encode(fec, (const uint8_t* const*)(data), k, parity, m, bytes)
  CHECK(ENCODE(NULL, 4, shards + 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(ENCODE(shards, 4, NULL, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(ENCODE(shards, 0, shards + 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(ENCODE(shards, 5, shards + 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(ENCODE(shards, 4, shards + 4, 0, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(ENCODE(shards, 4, shards + 4, 3, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(ENCODE(shards, 4, shards + 4, 2, 66) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(ENCODE(shards, 4, shards + 4, 2, 63) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_fec_encode(NULL, (const uint8_t* const*)shards, 4, shards + 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  shards[1] = NULL;
  CHECK(ENCODE(shards, 4, shards + 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_fec_decode(fec, shards, present, 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  shards[1] = room[1];
  CHECK(ENCODE(shards, 4, shards + 4, 2, 64) == PUNKTFUNK_OK);
  CHECK(punktfunk_fec_decode(fec, NULL, present, 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_fec_decode(fec, shards, NULL, 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_fec_decode(fec, shards, present, 4, 9, 64) == PUNKTFUNK_INVALID_ARGUMENT);
  shards[5] = NULL;
  CHECK(punktfunk_fec_decode(fec, shards, present, 4, 2, 64) == PUNKTFUNK_INVALID_ARGUMENT); /* present, yet NULL */
  present[5] = present[0] = 0;
  CHECK(punktfunk_fec_decode(fec, shards, present, 4, 2, 64) == PUNKTFUNK_OK);
  present[1] = 0;
  CHECK(punktfunk_fec_decode(fec, shards, present, 4, 2, 64) == PUNKTFUNK_UNRECOVERABLE);
  punktfunk_fec_destroy(fec);
}

static void seal_calls(void) {
  punktfunk_crypto_config config = PUNKTFUNK_INIT(punktfunk_crypto_config);
  config.suite = PUNKTFUNK_SUITE_CHACHA20_POLY1305;
  memset(config.secret, 5, sizeof config.secret);
  punktfunk_sealer* sealer = NULL;
  punktfunk_opener* opener = NULL;
  CHECK(punktfunk_sealer_create(NULL, &sealer) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_sealer_create(&config, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_opener_create(NULL, &opener) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_opener_create(&config, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  config.direction = 2;
  CHECK(punktfunk_sealer_create(&config, &sealer) == PUNKTFUNK_INVALID_ARGUMENT);
  config.direction = 0;
  config.suite = 7;
  CHECK(punktfunk_sealer_create(&config, &sealer) == PUNKTFUNK_INVALID_ARGUMENT && sealer == NULL);
  CHECK(punktfunk_opener_create(&config, &opener) == PUNKTFUNK_INVALID_ARGUMENT && opener == NULL);
  config.suite = PUNKTFUNK_SUITE_CHACHA20_POLY1305;
  CHECK(punktfunk_sealer_create(&config, &sealer) == PUNKTFUNK_OK);
  punktfunk_sealer* second = NULL;
  CHECK(punktfunk_sealer_create(&config, &second) == PUNKTFUNK_EXHAUSTED && second == NULL); /* nonces would repeat */
  CHECK(punktfunk_opener_create(&config, &opener) == PUNKTFUNK_OK);
  uint8_t packet[40] = {0}, datagram[56], body[24];
  size_t size = 9;
  CHECK(punktfunk_seal(NULL, packet, 40, datagram, 56, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_seal(sealer, NULL, 40, datagram, 56, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_seal(sealer, packet, 40, NULL, 56, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_seal(sealer, packet, 40, datagram, 56, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_seal(sealer, packet, 15, datagram, 56, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_seal(sealer, packet, SIZE_MAX, datagram, 56, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_seal(sealer, packet, 40, datagram, 55, &size) == PUNKTFUNK_BUFFER_TOO_SMALL && size == 0);
  CHECK(punktfunk_seal(sealer, packet, 40, datagram, 56, &size) == PUNKTFUNK_OK && size == 56);
  CHECK(punktfunk_open(NULL, datagram, 56, body, 24, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_open(opener, NULL, 56, body, 24, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_open(opener, datagram, 56, NULL, 24, &size) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_open(opener, datagram, 56, body, 24, NULL) == PUNKTFUNK_INVALID_ARGUMENT);
  CHECK(punktfunk_open(opener, datagram, 56, body, 23, &size) == PUNKTFUNK_BUFFER_TOO_SMALL);
  CHECK(punktfunk_open(opener, datagram, 31, body, 24, &size) == PUNKTFUNK_MALFORMED);
  CHECK(punktfunk_open(opener, datagram, 56, body, 24, &size) == PUNKTFUNK_OK && size == 24);
  punktfunk_sealer_destroy(sealer);
  punktfunk_opener_destroy(opener);
}

/* Two threads in one object: each call is served or told, nothing is torn. */
static punktfunk_host* shared_host;
static atomic_int served, told, other;
#define SUBMISSIONS 300

static void* submit_often(void* unused) {
  (void)unused;
  static uint8_t bytes[200000];
  const uint8_t* slice = bytes;
  const size_t size = sizeof bytes;
  punktfunk_frame_info info = PUNKTFUNK_INIT(punktfunk_frame_info);
  for (int i = 0; i < SUBMISSIONS; ++i) {
    const punktfunk_status status = punktfunk_host_submit_frame(shared_host, 0, &slice, &size, 1, &info, 0, NULL);
    atomic_fetch_add(status == PUNKTFUNK_OK ? &served : status == PUNKTFUNK_WRONG_STATE ? &told : &other, 1);
  }
  return NULL;
}

/* Different objects are independent; that a secret seals once holds over all threads. */
static atomic_int sealers, refusals;

static void* make_sealer(void* unused) {
  (void)unused;
  punktfunk_crypto_config config = PUNKTFUNK_INIT(punktfunk_crypto_config);
  config.suite = PUNKTFUNK_SUITE_AES_128_GCM;
  for (uint8_t secret = 0; secret < 20; ++secret) {
    memset(config.secret, 0x90 + secret, sizeof config.secret);
    punktfunk_sealer* sealer = NULL;
    const punktfunk_status status = punktfunk_sealer_create(&config, &sealer);
    CHECK(status == (sealer ? PUNKTFUNK_OK : PUNKTFUNK_EXHAUSTED));
    atomic_fetch_add(sealer ? &sealers : &refusals, 1);
    const uint8_t packet[20] = {1};
    uint8_t datagram[36];
    size_t size = 0;
    if (sealer) CHECK(punktfunk_seal(sealer, packet, sizeof packet, datagram, sizeof datagram, &size) == PUNKTFUNK_OK);
    punktfunk_sealer_destroy(sealer);
  }
  return NULL;
}

static void threads(punktfunk_host* host) {
  shared_host = host;
  punktfunk_host_stats before = PUNKTFUNK_INIT(punktfunk_host_stats);
  CHECK(punktfunk_host_get_stats(host, &before) == PUNKTFUNK_OK);
  pthread_t thread[4];
  for (int i = 0; i < 4; ++i) CHECK(pthread_create(&thread[i], NULL, submit_often, NULL) == 0);
  for (int i = 0; i < 4; ++i) CHECK(pthread_join(thread[i], NULL) == 0);
  CHECK(served > 0 && other == 0 && served + told == 4 * SUBMISSIONS);
  punktfunk_host_stats stats = PUNKTFUNK_INIT(punktfunk_host_stats);
  CHECK(punktfunk_host_get_stats(host, &stats) == PUNKTFUNK_OK);
  CHECK(stats.frames == before.frames + (uint64_t)served);
  for (int i = 0; i < 4; ++i) CHECK(pthread_create(&thread[i], NULL, make_sealer, NULL) == 0);
  for (int i = 0; i < 4; ++i) CHECK(pthread_join(thread[i], NULL) == 0);
  CHECK(sealers == 20 && refusals == 60);
}

int main(void) {
  CHECK(punktfunk_status_text(12345) != NULL && punktfunk_status_text(-12345) != NULL);
  configs();
  const punktfunk_session_config config = good_config(3);
  punktfunk_host* host = NULL;
  CHECK(punktfunk_host_create(&config, &host) == PUNKTFUNK_OK);
  host_calls(host);
  threads(host);
  punktfunk_host_destroy(host);
  client_calls();
  fec_calls();
  seal_calls();
  puts("misuse: ok");
  return 0;
}
