/* punktfunk core: the portable half of punktfunk behind a C ABI. FEC, sealing, and both ends of a punktfunk/1 data
 * plane (docs/punktfunk1.md) as state machines without I/O: bytes and time go in, bytes and events come out.
 *
 * Rules for all of it:
 * - Every public struct begins with struct_size: set it to sizeof the struct (PUNKTFUNK_INIT does, and zeroes the
 * rest). Structs grow at their end only, so old callers and new libraries, and the reverse, understand each other. A
 * struct shorter than its first version is refused.
 * - Functions return a status; nothing throws, nothing aborts. NULL where a pointer is needed is
 * PUNKTFUNK_INVALID_ARGUMENT.
 * - An object is used by one thread at a time; a second one inside at the same moment gets PUNKTFUNK_WRONG_STATE.
 * Different objects are independent.
 * - What a function hands out by pointer belongs to the object and is valid until the next call on it, unless said
 * otherwise.
 * - Times are nanoseconds of one monotonic clock of the caller's. Sizes are bytes.
 */
#ifndef PUNKTFUNK_CORE_H
#define PUNKTFUNK_CORE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PUNKTFUNK_API __attribute__((visibility("default")))
#else
#define PUNKTFUNK_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The ABI that this header describes; punktfunk_abi_version() is the library's. They must be equal. */
#define PUNKTFUNK_ABI_VERSION 1u
PUNKTFUNK_API uint32_t punktfunk_abi_version(void);

typedef int32_t punktfunk_status;
#define PUNKTFUNK_OK 0
#define PUNKTFUNK_AGAIN 1               /* nothing to deliver now */
#define PUNKTFUNK_INVALID_ARGUMENT (-1) /* a shape, size or pointer that can never be right */
#define PUNKTFUNK_BUFFER_TOO_SMALL (-2)
#define PUNKTFUNK_UNRECOVERABLE (-3) /* more was lost than the parity can repair */
#define PUNKTFUNK_MALFORMED (-4)     /* bytes from outside that do not parse */
#define PUNKTFUNK_NOT_AUTHENTIC (-5) /* a tag that does not verify */
#define PUNKTFUNK_REPLAYED (-6)      /* a packet number seen before or too old */
#define PUNKTFUNK_EXHAUSTED (-7)     /* a counter or a bound is used up; a secret used before */
#define PUNKTFUNK_WRONG_STATE (-8)   /* the call does not fit the object's life, or another thread is inside */
#define PUNKTFUNK_UNSUPPORTED (-9)   /* this machine or build lacks what is asked */
#define PUNKTFUNK_INTERNAL (-10)
#define PUNKTFUNK_NO_MEMORY (-11)
/* One sentence in English; never NULL, static. */
PUNKTFUNK_API const char* punktfunk_status_text(punktfunk_status status);

/* Zeroes a struct and sets its struct_size. */
#define PUNKTFUNK_INIT(type) {.struct_size = sizeof(type)}

/* ---- Sessions ---------------------------------------------------------------------------------------------------- */

#define PUNKTFUNK_SUITE_AES_128_GCM 1u
#define PUNKTFUNK_SUITE_CHACHA20_POLY1305 2u

#define PUNKTFUNK_STREAM_VIDEO 0u /* paced; losses are answered with recovery points */
#define PUNKTFUNK_STREAM_SOUND 1u /* leaves at once; every frame stands alone */

#define PUNKTFUNK_SECRET_BYTES 32
#define PUNKTFUNK_MAX_STREAMS 4

/* The same at both ends, but for what is marked. punktfunk_session_config_init fills in the defaults given here. */
typedef struct punktfunk_session_config {
  uint32_t struct_size;
  uint32_t suite;                                         /* PUNKTFUNK_SUITE_AES_128_GCM */
  uint8_t secret[PUNKTFUNK_SECRET_BYTES];                 /* no default: fresh for each session */
  uint32_t datagram_bytes;                                /* UDP payload, 512 to 9216; 1472 */
  uint32_t stream_kind[PUNKTFUNK_MAX_STREAMS];            /* PUNKTFUNK_STREAM_VIDEO */
  uint32_t stream_parity_percent[PUNKTFUNK_MAX_STREAMS];  /* 0 to 100; 20 */
  uint64_t stream_max_frame_bytes[PUNKTFUNK_MAX_STREAMS]; /* 0 = there is no such stream; 0 */
  uint32_t first_epoch;         /* own; a successor of another process starts one above it; 0 */
  uint32_t peer_epoch;          /* own; where the other end stands, or up to 16 below; 0 */
  uint64_t first_packet_number; /* own; a successor goes on above its predecessor's; 0 */
  uint32_t first_frame;         /* host's; 1 */
  uint32_t reserved;            /* 0 */
  uint64_t frame_interval_ns;   /* host's; 16666667 */
  double spread;                /* host's; part of the interval a large frame may take, 0 to 1; 0.5 */
  double max_rate_bps;          /* host's; of payload; 0 = unlimited; 0 */
  uint64_t silence_ns;          /* after which the other end is called silent; 0 = never; 3 s */
} punktfunk_session_config;

/* Sets every field; config_bytes is the size of the caller's struct. */
PUNKTFUNK_API punktfunk_status punktfunk_session_config_init(punktfunk_session_config* config, size_t config_bytes);

#define PUNKTFUNK_FRAME_IDR 1u            /* decodable with nothing before it */
#define PUNKTFUNK_FRAME_RECOVERY_POINT 2u /* decodable with what was complete before the loss that it answers */
#define PUNKTFUNK_FRAME_REPEAT 8u         /* the picture has not changed */

typedef struct punktfunk_frame_info {
  uint32_t struct_size;
  uint32_t flags;      /* PUNKTFUNK_FRAME_... */
  uint64_t capture_ns; /* on the host's clock */
  uint32_t latency_us; /* from capture until submission */
  uint32_t reserved;
} punktfunk_frame_info;

/* ---- The host's end ------------------------------------------------------------------------------------------------
 */

typedef struct punktfunk_host punktfunk_host;

#define PUNKTFUNK_HOST_FEEDBACK 0u
#define PUNKTFUNK_HOST_RECOVERY_WANTED 1u /* answer with an IDR or a recovery point */
#define PUNKTFUNK_HOST_CLIENT_SILENT 2u
#define PUNKTFUNK_HOST_CLIENT_BACK 3u

typedef struct punktfunk_host_event {
  uint32_t struct_size;
  uint32_t kind;   /* PUNKTFUNK_HOST_... */
  uint32_t stream; /* the following: of feedback and recovery wanted */
  uint32_t newest_frame;
  uint32_t lost_first, lost_last;        /* 0 = none */
  uint32_t frames_lost, shards_repaired; /* since the session began */
  uint64_t rtt_ns;                       /* 0 = not known */
  double packet_loss;                    /* since the feedback before, 0 to 1 */
} punktfunk_host_event;

typedef struct punktfunk_host_stats {
  uint32_t struct_size;
  uint32_t epoch;              /* for a successor: start one above */
  uint64_t packet_number;      /* for a successor: of the next packet */
  uint64_t frames, frames_cut; /* cut: dropped before all of it was sent, because younger ones came */
  uint64_t datagrams, bytes, data_shards, parity_shards;
  uint64_t feedback, refused, rtt_ns;
} punktfunk_host_stats;

/* *host is NULL unless the status is PUNKTFUNK_OK. PUNKTFUNK_EXHAUSTED: this process has sealed with that secret and
 * epoch before. */
PUNKTFUNK_API punktfunk_status punktfunk_host_create(const punktfunk_session_config* config, punktfunk_host** host);
PUNKTFUNK_API void punktfunk_host_destroy(punktfunk_host* host); /* NULL is nothing */
/* A frame in 1 to 64 slices, none empty; copied. Of more than two frames waiting in a stream the oldest's rest is
 * dropped. frame_number may be NULL. */
PUNKTFUNK_API punktfunk_status punktfunk_host_submit_frame(punktfunk_host* host, uint32_t stream,
                                                           const uint8_t* const* slices, const size_t* slice_bytes,
                                                           size_t slice_count, const punktfunk_frame_info* info,
                                                           uint64_t now_ns, uint32_t* frame_number);
/* The same while the frame is still being encoded: begin it, then submit its slices one by one, the last with last not
 * 0. What there is of it can be polled meanwhile; most of the work on its parity is done when the last slice comes.
 * expected_bytes settles how much parity it gets; it may turn out smaller or larger. A frame whose last slice never
 * comes ends, cut, with the next one of its stream, begun or submitted. punktfunk_host_submit_slice without a frame
 * begun is PUNKTFUNK_WRONG_STATE; a slice that is refused leaves the frame as it was. */
PUNKTFUNK_API punktfunk_status punktfunk_host_begin_frame(punktfunk_host* host, uint32_t stream, size_t expected_bytes,
                                                          const punktfunk_frame_info* info, uint64_t now_ns,
                                                          uint32_t* frame_number);
PUNKTFUNK_API punktfunk_status punktfunk_host_submit_slice(punktfunk_host* host, uint32_t stream, const uint8_t* slice,
                                                           size_t slice_bytes, uint32_t last);
/* PUNKTFUNK_OK: one datagram to send now. PUNKTFUNK_AGAIN: none before punktfunk_host_next_ns. */
PUNKTFUNK_API punktfunk_status punktfunk_host_poll_datagram(punktfunk_host* host, uint64_t now_ns,
                                                            const uint8_t** datagram, size_t* datagram_bytes);
PUNKTFUNK_API punktfunk_status punktfunk_host_feed_datagram(punktfunk_host* host, const uint8_t* datagram,
                                                            size_t datagram_bytes, uint64_t now_ns);
PUNKTFUNK_API punktfunk_status punktfunk_host_poll_event(punktfunk_host* host, uint64_t now_ns,
                                                         punktfunk_host_event* event);
/* When to poll again at the latest, if nothing else happens; UINT64_MAX = never. */
PUNKTFUNK_API punktfunk_status punktfunk_host_next_ns(punktfunk_host* host, uint64_t* next_ns);
PUNKTFUNK_API punktfunk_status punktfunk_host_get_stats(punktfunk_host* host, punktfunk_host_stats* stats);

/* ---- The client's end
 * ------------------------------------------------------------------------------------------------ */

typedef struct punktfunk_client punktfunk_client;

typedef struct punktfunk_frame {
  uint32_t struct_size;
  uint32_t stream, number, flags;
  uint64_t capture_ns;
  uint32_t latency_us;
  uint32_t clean; /* 0: frames before it were lost and no recovery point has come since */
  const uint8_t* bytes;
  size_t size;
  const uint32_t* slice_ends; /* offsets; the last is size */
  size_t slice_count;
  uint32_t data_shards, parity_shards, received_shards, repaired_shards;
} punktfunk_frame;

#define PUNKTFUNK_CLIENT_FRAMES_LOST 0u
#define PUNKTFUNK_CLIENT_RECOVERED 1u
#define PUNKTFUNK_CLIENT_HOST_SILENT 2u
#define PUNKTFUNK_CLIENT_HOST_BACK 3u

typedef struct punktfunk_client_event {
  uint32_t struct_size;
  uint32_t kind; /* PUNKTFUNK_CLIENT_... */
  uint32_t stream;
  uint32_t first, last; /* frames lost: the range; recovered: the frame that ended it */
} punktfunk_client_event;

typedef struct punktfunk_client_stats {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t datagrams, bytes, not_authentic, replayed, malformed, feedback;
  uint64_t frames[PUNKTFUNK_MAX_STREAMS], frames_repaired[PUNKTFUNK_MAX_STREAMS], frames_lost[PUNKTFUNK_MAX_STREAMS],
      shards_repaired[PUNKTFUNK_MAX_STREAMS];
} punktfunk_client_stats;

PUNKTFUNK_API punktfunk_status punktfunk_client_create(const punktfunk_session_config* config,
                                                       punktfunk_client** client);
PUNKTFUNK_API void punktfunk_client_destroy(punktfunk_client* client);
/* PUNKTFUNK_OK: taken, and punktfunk_client_next_frame has a frame. PUNKTFUNK_AGAIN: taken. Else refused, counted,
 * nothing disturbed. */
PUNKTFUNK_API punktfunk_status punktfunk_client_feed_datagram(punktfunk_client* client, const uint8_t* datagram,
                                                              size_t datagram_bytes, uint64_t now_ns);
/* The frame that the last feed completed, once. Its pointers are valid until the next feed. */
PUNKTFUNK_API punktfunk_status punktfunk_client_next_frame(punktfunk_client* client, punktfunk_frame* frame);
PUNKTFUNK_API punktfunk_status punktfunk_client_poll_datagram(punktfunk_client* client, uint64_t now_ns,
                                                              const uint8_t** datagram, size_t* datagram_bytes);
PUNKTFUNK_API punktfunk_status punktfunk_client_poll_event(punktfunk_client* client, uint64_t now_ns,
                                                           punktfunk_client_event* event);
PUNKTFUNK_API punktfunk_status punktfunk_client_next_ns(punktfunk_client* client, uint64_t* next_ns);
PUNKTFUNK_API punktfunk_status punktfunk_client_get_stats(punktfunk_client* client, punktfunk_client_stats* stats);

/* ---- FEC by itself
 * -------------------------------------------------------------------------------------------------------- */

typedef struct punktfunk_fec punktfunk_fec;

#define PUNKTFUNK_FEC_GF16 0u      /* Leopard construction; data + parity up to 65535; even shard sizes */
#define PUNKTFUNK_FEC_GF8_VIDEO 1u /* GameStream's Cauchy matrix; data + parity up to 255 */
#define PUNKTFUNK_FEC_GF8_AUDIO 2u /* GameStream's fixed 4 + 2 */

/* For blocks of at most that many shards of at most that size; holds what it needs for them. */
PUNKTFUNK_API punktfunk_status punktfunk_fec_create(uint32_t code, size_t max_data_shards, size_t max_parity_shards,
                                                    size_t max_shard_bytes, punktfunk_fec** fec);
PUNKTFUNK_API void punktfunk_fec_destroy(punktfunk_fec* fec);
/* Writes parity_shards shards from data_shards; none may overlap. */
PUNKTFUNK_API punktfunk_status punktfunk_fec_encode(punktfunk_fec* fec, const uint8_t* const* data, size_t data_shards,
                                                    uint8_t* const* parity, size_t parity_shards, size_t shard_bytes);
/* shards: data, then parity; present[i] not 0 = received. Missing data shards point at room and are rebuilt there;
 * missing parity may be NULL. */
PUNKTFUNK_API punktfunk_status punktfunk_fec_decode(punktfunk_fec* fec, uint8_t* const* shards, const uint8_t* present,
                                                    size_t data_shards, size_t parity_shards, size_t shard_bytes);

/* ---- Sealing by itself
 * ------------------------------------------------------------------------------------------------------ */

#define PUNKTFUNK_HOST_TO_CLIENT 0u
#define PUNKTFUNK_CLIENT_TO_HOST 1u
#define PUNKTFUNK_PACKET_HEADER_BYTES 16
#define PUNKTFUNK_TAG_BYTES 16

typedef struct punktfunk_sealer punktfunk_sealer;
typedef struct punktfunk_opener punktfunk_opener;

typedef struct punktfunk_crypto_config {
  uint32_t struct_size;
  uint32_t suite;
  uint8_t secret[PUNKTFUNK_SECRET_BYTES];
  uint32_t direction; /* of the packets */
  uint32_t first_epoch;
  uint64_t first_packet_number; /* sealer */
} punktfunk_crypto_config;

PUNKTFUNK_API punktfunk_status punktfunk_sealer_create(const punktfunk_crypto_config* config,
                                                       punktfunk_sealer** sealer);
PUNKTFUNK_API void punktfunk_sealer_destroy(punktfunk_sealer* sealer);
/* packet: 16 bytes of header (epoch and number are filled in) and body. datagram: room for packet_bytes + 16, not
 * overlapping the packet. */
PUNKTFUNK_API punktfunk_status punktfunk_seal(punktfunk_sealer* sealer, const uint8_t* packet, size_t packet_bytes,
                                              uint8_t* datagram, size_t datagram_room, size_t* datagram_bytes);
PUNKTFUNK_API punktfunk_status punktfunk_opener_create(const punktfunk_crypto_config* config,
                                                       punktfunk_opener** opener);
PUNKTFUNK_API void punktfunk_opener_destroy(punktfunk_opener* opener);
/* body: room for datagram_bytes - 32. The header stays where it is, in the datagram's first 16 bytes; it is authentic
 * when the status is OK. */
PUNKTFUNK_API punktfunk_status punktfunk_open(punktfunk_opener* opener, const uint8_t* datagram, size_t datagram_bytes,
                                              uint8_t* body, size_t body_room, size_t* body_bytes);

#ifdef __cplusplus
}
#endif

#endif
