// A PipeWire daemon of the test's own, and a video producer in it that says whatever the test wants.
#pragma once

#include <pipewire/pipewire.h>
#include <spa/param/video/raw.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/capture/frame.h"
#include "test/capture/child.h"

namespace punktfunk::test {

// Sets PIPEWIRE_RUNTIME_DIR for this process; has no session manager and no modules beyond what streams need.
class PipeWireDaemon {
 public:
  PipeWireDaemon();
  ~PipeWireDaemon();
  void kill() { daemon_.reset(); }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Child> daemon_;
};

// What a producer does and says. Defaults are honest: 1280x720 BGRx in memfds that are as long as announced.
struct Script {
  std::uint32_t width = 1280, height = 720;
  spa_video_format format = SPA_VIDEO_FORMAT_BGRx;
  std::optional<std::uint64_t> modifier;     // offers only this one, and calls its memfds dmabufs
  bool memory_only = false;                  // lets PipeWire allocate, without descriptors of its own
  std::optional<std::uint32_t> buffer_type;  // SPA_DATA_*, whatever was agreed
  bool without_file = false;                 // keeps its buffers' descriptors to itself
  unsigned fps = 120;
  bool link = true;                              // plays the session manager
  bool start = true;                             // sends pictures
  unsigned seals = 0;                            // F_SEAL_*
  std::optional<std::uint64_t> file_bytes;       // the true length
  std::optional<std::uint32_t> announced_bytes;  // maxsize
  std::uint32_t map_offset = 0, chunk_offset = 0;
  std::int32_t stride = 0;                  // 0: width * 4
  std::optional<std::int32_t> said_stride;  // what the chunk says of it
  std::optional<std::uint32_t> chunk_bytes;
  std::uint32_t chunk_flags = 0, header_flags = 0;
  std::int64_t pts_ns = 0;          // 0: now
  std::int64_t pts_back_ns = 0;     // so much earlier with every second picture
  std::uint64_t sequence_step = 1;  // between two pictures; 0: it does not count
  Rect crop;
  std::vector<Rect> damage;
};

class Producer {
 public:
  explicit Producer(const Script& script);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  [[nodiscard]] std::uint32_t node_id() const { return node_id_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  // Each of these happens between two pictures.
  void change(const Script& script);       // what is said from now on; buffers stay
  void renegotiate(const Script& script);  // another size or format
  void truncate(std::uint64_t bytes);      // of every file
  void pause_sending(bool paused);

 private:
  struct Callbacks;
  friend struct Callbacks;
  struct Buffer {
    int fd = -1;
    std::uint8_t* data = nullptr;
    std::size_t bytes = 0;
  };

  void offer();
  void on_format(const spa_pod* param);
  void on_add_buffer(pw_buffer* buffer);
  void on_remove_buffer(pw_buffer* buffer);
  void on_global(std::uint32_t id, const char* type, const spa_dict* properties);
  void paint_and_send();
  [[nodiscard]] std::int32_t stride() const;
  [[nodiscard]] std::uint32_t picture_bytes() const;

  Script script_;
  pw_thread_loop* loop_ = nullptr;
  pw_context* context_ = nullptr;
  pw_core* core_ = nullptr;
  pw_registry* registry_ = nullptr;
  pw_stream* stream_ = nullptr;
  spa_source* timer_ = nullptr;
  spa_hook registry_hook_{}, stream_hook_{};
  std::vector<pw_proxy*> links_;
  std::uint32_t consumer_ = SPA_ID_INVALID;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::atomic<std::uint32_t> node_id_ = SPA_ID_INVALID;
  std::atomic<std::uint64_t> sent_ = 0;
  std::uint64_t sequence_ = 0;
};

// The last pixel of a picture, by its number: proof that it was read to its end.
inline std::uint32_t last_pixel(std::uint64_t frame_number) {
  return 0xFF000000u | (frame_number * 2654435761u & 0xFFFFFF);
}

}  // namespace punktfunk::test
