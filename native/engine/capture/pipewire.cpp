// A consumer of a PipeWire video stream. Buffers are mapped by us (pipewire_buffer.h), so the stream is connected
// without MAP_BUFFERS: nobody here can read a mapping of the length that a producer announced.
//
// Without RT_PROCESS the stream calls back on the loop that dispatch() iterates: everything here runs on one thread.
#include <drm_fourcc.h>
#include <pipewire/pipewire.h>
#include <spa/param/param.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/capture/damage.h"
#include "engine/capture/pipewire_buffer.h"
#include "engine/capture/pipewire_format.h"
#include "engine/capture/pipewire_meta.h"
#include "engine/capture/presentation.h"
#include "engine/capture/sequence_count.h"
#include "engine/capture/source.h"

namespace punktfunk {

namespace {

constexpr unsigned paused_timeout_ms =
    5000;  // a stream pauses for moments when its format changes; for longer it is lost
constexpr unsigned max_refused_in_row = 300;
constexpr unsigned max_renegotiations_in_row =
    60;  // KWin on OpenGL asked for dmabufs it cannot make: 172 in 10 s, for ever

const Rect everything{0, 0, 1 << 20, 1 << 20};  // larger than any picture; cut to it when a frame is made

struct Picture {
  PipeWireBuffer* buffer = nullptr;
  PlaneSpan span;
  Frame frame;
};

struct PipeWireLibrary {
  PipeWireLibrary() { pw_init(nullptr, nullptr); }
  PipeWireLibrary(PipeWireLibrary&&) = delete;
  ~PipeWireLibrary() { pw_deinit(); }
};

struct PipeWireDeleter {
  void operator()(pw_loop* loop) const {
    pw_loop_leave(loop);
    pw_loop_destroy(loop);
  }
  void operator()(pw_context* context) const { pw_context_destroy(context); }
  void operator()(pw_core* core) const { pw_core_disconnect(core); }
  void operator()(pw_registry* registry) const { pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry)); }
  void operator()(pw_stream* stream) const { pw_stream_destroy(stream); }
};
template <class Object>
using PipeWireHandle = std::unique_ptr<Object, PipeWireDeleter>;

class PipeWireSource final : public FrameSource {
 public:
  PipeWireSource(std::uint32_t node_id, const SourceConfig& config) : node_id_(node_id), config_(config) {}

  Result<void, Failure> start(UniqueFd remote, unsigned timeout_ms);

  int poll_fd() const override { return pw_loop_get_fd(loop_.get()); }
  bool dispatch() override {
    if (!failure_) { pw_loop_iterate(loop_.get(), 0); }
    return !failure_;
  }
  bool next(Frame& frame) override;
  void release(const Frame& frame) override;
  std::uint64_t dropped_frames() const override { return dropped_frames_; }
  std::optional<std::uint64_t> shown_frames() const override { return shown_.frames(); }
  const std::optional<Failure>& failure() const override { return failure_; }

  void on_state(pw_stream_state old_state, pw_stream_state state, const char* message);
  void on_format(const spa_pod* param);
  void on_add_buffer(pw_buffer* buffer);
  void on_remove_buffer(pw_buffer* buffer);
  void on_process();
  void on_core_error(std::uint32_t id, int result, const char* message);
  void on_node(std::uint32_t id) { node_seen_ = node_seen_ || id == node_id_; }
  void on_node_gone(std::uint32_t id);
  void on_timeout();

 private:
  void take(PipeWireBuffer& buffer);
  void refuse(PipeWireBuffer& buffer, std::string_view reason);
  void drop_ready();
  void give_back(PipeWireBuffer& buffer);
  void forget(PipeWireBuffer* buffer);
  void arm(unsigned delay_ms);
  void end(Failure failure) {
    if (!failure_) { failure_ = std::move(failure); }
  }
  Failure why_not_started(unsigned timeout_ms) const;

  const std::uint32_t node_id_;
  const SourceConfig config_;
  pw_stream_state stream_state_ = PW_STREAM_STATE_UNCONNECTED;
  bool node_seen_ = false;
  PictureFormat format_;
  std::vector<std::unique_ptr<PipeWireBuffer>> buffers_;
  Picture ready_;                     // the newest picture that nobody took
  Rect pending_damage_ = everything;  // of pictures that were dropped since the one handed out before
  Rect last_crop_;
  OutputTransform last_transform_ = OutputTransform::normal;
  unsigned refused_in_row_ = 0, renegotiations_in_row_ = 0;
  std::uint64_t dropped_frames_ = 0;
  SequenceCount shown_;
  Presentations presentations_;
  std::optional<Failure> failure_;

  // The last members: while they are closed, from the last to the first, the stream still tells of its buffers.
  const PipeWireLibrary library_;
  PipeWireHandle<pw_loop> loop_;
  spa_source* timer_ = nullptr;  // the loop's
  PipeWireHandle<pw_context> context_;
  spa_hook core_hook_{}, registry_hook_{}, stream_hook_{};
  PipeWireHandle<pw_core> core_;
  PipeWireHandle<pw_registry> registry_;
  PipeWireHandle<pw_stream> stream_;
};

PipeWireSource& source_of(void* data) {
  return *static_cast<PipeWireSource*>(data);
}

constexpr pw_core_events core_events = {
    .version = PW_VERSION_CORE_EVENTS,
    .error = [](void* data, std::uint32_t id, int, int result,
                const char* message) { source_of(data).on_core_error(id, result, message); },
};

constexpr pw_registry_events registry_events = {
    .version = PW_VERSION_REGISTRY_EVENTS,
    .global = [](void* data, std::uint32_t id, std::uint32_t, const char*, std::uint32_t,
                 const spa_dict*) { source_of(data).on_node(id); },
    .global_remove = [](void* data, std::uint32_t id) { source_of(data).on_node_gone(id); },
};

constexpr pw_stream_events stream_events = {
    .version = PW_VERSION_STREAM_EVENTS,
    .state_changed = [](void* data, pw_stream_state old_state, pw_stream_state state,
                        const char* message) { source_of(data).on_state(old_state, state, message); },
    .param_changed =
        [](void* data, std::uint32_t id, const spa_pod* param) {
          if (id == SPA_PARAM_Format) { source_of(data).on_format(param); }
        },
    .add_buffer = [](void* data, pw_buffer* buffer) { source_of(data).on_add_buffer(buffer); },
    .remove_buffer = [](void* data, pw_buffer* buffer) { source_of(data).on_remove_buffer(buffer); },
    .process = [](void* data) { source_of(data).on_process(); },
};

Result<void, Failure> PipeWireSource::start(UniqueFd remote, unsigned timeout_ms) {
  if (pw_loop* const loop = pw_loop_new(nullptr); loop != nullptr) {
    pw_loop_enter(loop);
    loop_.reset(loop);
    timer_ = pw_loop_add_timer(loop, [](void* data, std::uint64_t) { source_of(data).on_timeout(); }, this);
    context_.reset(pw_context_new(loop, nullptr, 0));
  }
  if (context_ == nullptr) { return problem::pipewire_unloadable(strerror(errno)); }
  core_.reset(remote ? pw_context_connect_fd(context_.get(), remote.release(), nullptr, 0)
                     : pw_context_connect(context_.get(), nullptr, 0));
  if (core_ == nullptr) { return problem::pipewire_unreachable(strerror(errno)); }
  pw_core_add_listener(core_.get(), &core_hook_, &core_events, this);
  registry_.reset(pw_core_get_registry(core_.get(), PW_VERSION_REGISTRY, 0));
  pw_registry_add_listener(registry_.get(), &registry_hook_, &registry_events, this);

  // Without DONT_RECONNECT the session manager would link us to any other picture, a webcam say, when ours goes.
  pw_properties* const properties =
      pw_properties_new(PW_KEY_NODE_NAME, "punktfunk-capture", PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY,
                        "Capture", PW_KEY_MEDIA_ROLE, "Screen", nullptr);
  stream_.reset(pw_stream_new(core_.get(), "punktfunk-capture", properties));
  pw_stream_add_listener(stream_.get(), &stream_hook_, &stream_events, this);
  FormatParams params;
  std::vector<const spa_pod*> formats = params.enumerate(config_);
  const int connected =
      pw_stream_connect(stream_.get(), PW_DIRECTION_INPUT, node_id_,
                        static_cast<pw_stream_flags>(PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_DONT_RECONNECT),
                        formats.data(), static_cast<std::uint32_t>(formats.size()));
  if (connected < 0) { return problem::node_refused(node_id_, strerror(-connected)); }

  const std::uint64_t deadline_ns = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  while (!failure_ && stream_state_ != PW_STREAM_STATE_STREAMING) {
    const std::uint64_t now_ns = monotonic_ns();
    if (now_ns >= deadline_ns) { return why_not_started(timeout_ms); }
    pw_loop_iterate(loop_.get(),
                    static_cast<int>(std::min<std::uint64_t>((deadline_ns - now_ns) / 1'000'000 + 1, 60'000)));
  }
  if (failure_) { return *failure_; }
  return {};
}

Failure PipeWireSource::why_not_started(unsigned timeout_ms) const {
  if (!node_seen_) { return problem::node_missing(node_id_); }
  if (format_.fourcc == 0) { return problem::node_without_format(node_id_, timeout_ms); }
  return problem::node_silent(node_id_, timeout_ms);
}

void PipeWireSource::on_state(pw_stream_state old_state, pw_stream_state state, const char* message) {
  stream_state_ = state;
  switch (state) {
    case PW_STREAM_STATE_ERROR:
      end(problem::node_ended(node_id_, message != nullptr ? message : "no reason given"));
      break;
    case PW_STREAM_STATE_UNCONNECTED:
      if (old_state != PW_STREAM_STATE_UNCONNECTED) { end(problem::node_ended(node_id_, "disconnected")); }
      break;
    case PW_STREAM_STATE_CONNECTING:
      break;
    case PW_STREAM_STATE_PAUSED:
      // The first pause is the beginning; start() has its own deadline.
      if (old_state == PW_STREAM_STATE_STREAMING) { arm(paused_timeout_ms); }
      break;
    case PW_STREAM_STATE_STREAMING:
      // No limit for the first picture: xdg-desktop-portal-wlr gives none in its second cast of a desktop that stands
      // still.
      arm(0);
      break;
  }
}

void PipeWireSource::on_timeout() {
  end(problem::node_paused(node_id_, paused_timeout_ms));
}

void PipeWireSource::on_core_error(std::uint32_t id, int result, const char* message) {
  if (id != PW_ID_CORE) {
    return;  // the stream hears of its own errors as a state
  }
  end(problem::pipewire_gone(message != nullptr ? message : strerror(-result)));
}

void PipeWireSource::on_node_gone(std::uint32_t id) {
  if (id == node_id_) { end(problem::node_gone(node_id_)); }
}

void PipeWireSource::on_format(const spa_pod* param) {
  format_ = {};
  if (param == nullptr) {
    return;  // the link goes; another format may follow
  }
  if (!parse_format(param, format_)) { return end(problem::node_format_unusable(node_id_)); }
  if (++renegotiations_in_row_ > max_renegotiations_in_row) {
    return end(problem::node_format_unsteady(node_id_, max_renegotiations_in_row));
  }
  pending_damage_ = everything;
  FormatParams params;
  std::vector<const spa_pod*> answer = params.accept(format_);
  pw_stream_update_params(stream_.get(), answer.data(), static_cast<std::uint32_t>(answer.size()));
}

void PipeWireSource::on_add_buffer(pw_buffer* buffer) {
  buffers_.push_back(std::make_unique<PipeWireBuffer>(buffer));
  buffer->user_data = buffers_.back().get();
}

void PipeWireSource::on_remove_buffer(pw_buffer* buffer) {
  auto* const ours = static_cast<PipeWireBuffer*>(std::exchange(buffer->user_data, nullptr));
  if (ours == nullptr) { return; }
  ours->taken_away();
  if (ready_.buffer == ours) { drop_ready(); }
  if (!ours->borrowed) { forget(ours); }
}

void PipeWireSource::on_process() {
  while (pw_buffer* const buffer = pw_stream_dequeue_buffer(stream_.get())) {
    if (buffer->user_data != nullptr) { take(*static_cast<PipeWireBuffer*>(buffer->user_data)); }
  }
}

// Decides whether a buffer is a picture; it becomes the newest one, or goes back to the producer.
void PipeWireSource::take(PipeWireBuffer& buffer) {
  const PictureMeta meta = read_meta(*buffer.buffer()->buffer, format_);
  if (meta.corrupted) {
    shown_.add(meta.sequence);
    return refuse(buffer, "corrupted");
  }
  PlaneSpan span = buffer.locate(format_.width, format_.height);
  if (span.verdict == PlaneVerdict::empty) {
    shown_.pass_over(meta.sequence);
    return give_back(buffer);  // only the cursor moved, or a first buffer
  }
  shown_.add(meta.sequence);
  if (span.verdict != PlaneVerdict::usable) { return refuse(buffer, text(span.verdict)); }

  const auto width = static_cast<std::uint32_t>(meta.crop.width), height = static_cast<std::uint32_t>(meta.crop.height);
  span.file_offset +=
      static_cast<std::uint64_t>(meta.crop.y) * span.stride + static_cast<std::uint64_t>(meta.crop.x) * bytes_per_pixel;
  span.length = std::uint64_t{span.stride} * (height - 1) + std::uint64_t{width} * bytes_per_pixel;
  const bool alike = meta.crop == last_crop_ && meta.transform == last_transform_;
  const Rect damage = meta.damage.empty() || !alike ? everything : meta.damage;
  last_crop_ = meta.crop;
  last_transform_ = meta.transform;

  if (ready_.buffer != nullptr) { drop_ready(); }
  pending_damage_ = united(pending_damage_, damage);
  ready_.buffer = &buffer;
  ready_.span = span;
  Frame& frame = ready_.frame;
  frame = {};
  frame.plane_count = 1;
  frame.planes[0] = {.length = static_cast<std::size_t>(span.length), .stride = span.stride};
  frame.fourcc = format_.fourcc;
  frame.modifier = DRM_FORMAT_MOD_LINEAR;
  frame.width = width;
  frame.height = height;
  frame.transform = meta.transform;
  frame.presented_ns = presentations_.next(meta.pts_ns, monotonic_ns());
  frame.backend = &buffer;
  refused_in_row_ = renegotiations_in_row_ = 0;
}

void PipeWireSource::refuse(PipeWireBuffer& buffer, std::string_view reason) {
  ++dropped_frames_;
  pending_damage_ = everything;
  give_back(buffer);
  if (++refused_in_row_ < max_refused_in_row) { return; }
  end(problem::node_pictures_unusable(node_id_, max_refused_in_row, reason));
}

void PipeWireSource::drop_ready() {
  ++dropped_frames_;
  give_back(*std::exchange(ready_.buffer, nullptr));
}

void PipeWireSource::give_back(PipeWireBuffer& buffer) {
  if (buffer.buffer() != nullptr) { pw_stream_queue_buffer(stream_.get(), buffer.buffer()); }
}

void PipeWireSource::forget(PipeWireBuffer* buffer) {
  std::erase_if(buffers_, [&](const auto& known) { return known.get() == buffer; });
}

void PipeWireSource::arm(unsigned delay_ms) {
  timespec delay{}, never{};
  delay.tv_sec = delay_ms / 1000;
  delay.tv_nsec = static_cast<long>(delay_ms % 1000) * 1'000'000;
  pw_loop_update_timer(loop_.get(), timer_, &delay, &never, false);
}

bool PipeWireSource::next(Frame& frame) {
  if (ready_.buffer == nullptr) { return false; }
  PipeWireBuffer& buffer = *std::exchange(ready_.buffer, nullptr);
  frame = ready_.frame;
  frame.planes[0].data = buffer.begin_read(ready_.span);
  frame.damage = clipped(pending_damage_.x, pending_damage_.y, pending_damage_.width, pending_damage_.height,
                         frame.width, frame.height);
  pending_damage_ = {};
  return true;
}

void PipeWireSource::release(const Frame& frame) {
  auto* const buffer = static_cast<PipeWireBuffer*>(frame.backend);
  buffer->end_read();
  if (buffer->buffer() != nullptr) {
    give_back(*buffer);
  } else {
    forget(buffer);
  }
}

}  // namespace

OpenedSource open_pipewire(const contract::PipeWireNodeTarget& target, UniqueFd remote, const SourceConfig& config,
                           unsigned timeout_ms) {
  auto source = std::make_unique<PipeWireSource>(target.node_id, config);
  if (auto started = source->start(std::move(remote), timeout_ms); !started) { return std::move(started).error(); }
  return source;
}

}  // namespace punktfunk
