// Capture over wlr-screencopy into shared memory: the compositor copies in its own process, this thread only exchanges
// messages.
//
// Two of the protocol's frame objects are alive at a time: one whose copy is under way, and one asked for in advance,
// whose buffer layout is known already. So the copy of frame n+1 is ordered in the moment frame n is ready, without a
// round trip that would have to wait until this thread is done with encoding frame n.
//
// A consumer that is slower than the output says when it wants each frame (want_from): the copy is ordered then, so
// that it is of the composition that follows, and compositions in between cost no copy.
#include <drm_fourcc.h>
#include <wlr-screencopy-unstable-v1-client.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/poll_until.h"
#include "engine/capture/damage.h"
#include "engine/capture/pixel_format.h"
#include "engine/capture/presentation.h"
#include "engine/capture/shm_buffer.h"
#include "engine/capture/source.h"
#include "engine/wayland/connection.h"
#include "engine/wayland/handle.h"
#include "engine/wayland/outputs.h"

namespace punktfunk {

namespace {

constexpr std::uint32_t screencopy_version = 3;
constexpr std::size_t max_buffers = 4;  // one being copied, one ready, two with the consumer
constexpr unsigned retry_ms = 250;      // after "failed": an output that sleeps answers so for as long as it sleeps
constexpr unsigned max_failures = 240;  // one minute of them
constexpr unsigned full_copy_timeout_ms =
    5000;  // a plain copy does not wait for damage: a compositor that owes one this long hangs

enum class Use { free, copying, ready, borrowed };

struct Slot {
  std::unique_ptr<ShmBuffer> memory;
  Use use = Use::free;
  bool y_inverted = false;
  OutputTransform transform = OutputTransform::normal;
  std::uint64_t ordered_ns = 0, presented_ns = 0;
  Rect damage;  // since the frame handed out before
};

class WlrootsSource;

// One of the protocol's frame objects, which serves for one copy.
struct Copy {
  WlrootsSource* source = nullptr;
  WaylandHandle<zwlr_screencopy_frame_v1> proxy;
  bool described = false;  // the layout is complete
  ShmLayout layout;
  Slot* slot = nullptr;
  bool y_inverted = false;
  Rect damage;
};

class WlrootsSource final : public FrameSource {
 public:
  explicit WlrootsSource(std::unique_ptr<WaylandConnection> connection) : connection_(std::move(connection)) {}

  Result<void, Failure> start(const std::string& output_name, unsigned timeout_ms);

  int poll_fd() const override { return connection_->poll_fd(); }
  bool dispatch() override;
  bool next(Frame& frame) override;
  void release(const Frame& frame) override;
  void want_from(std::uint64_t time_ns) override {
    order_from_ns_ = time_ns;
    advance();
  }
  std::uint64_t dropped_frames() const override { return dropped_frames_; }
  std::optional<std::uint64_t> shown_frames() const override { return {}; }
  const std::optional<Failure>& failure() const override { return failure_; }

  void on_global(std::uint32_t name, std::string_view interface, std::uint32_t version);
  void on_global_remove(std::uint32_t name) { outputs_.remove(name); }
  void on_described(Copy& copy);
  void on_ready(Copy& copy, std::uint64_t said_ns);
  void on_failed();

 private:
  Result<void, Failure> select_output(const std::string& name);
  void prepare();
  void discard(Copy*& copy);
  void advance();
  void cancel();
  void restart();
  void end(Failure failure);
  void handle_timer();
  Slot* free_slot(const ShmLayout& layout);

  std::unique_ptr<WaylandConnection> connection_;
  WaylandHandle<wl_registry> registry_;
  WaylandHandle<wl_shm> shm_;
  WaylandHandle<zwlr_screencopy_manager_v1> manager_;
  WaylandOutputs outputs_;
  const WaylandOutput* output_ = nullptr;  // the captured one
  std::string output_name_;

  std::vector<std::unique_ptr<Slot>> slots_;
  std::array<Copy, 2> copies_;  // what copying_ and prepared_ point to: no picture costs an allocation of ours
  Copy *copying_ = nullptr, *prepared_ = nullptr;
  Slot* ready_ = nullptr;
  std::optional<std::uint64_t> order_from_ns_;  // nobody has said when: each copy is ordered as soon as it can be
  bool whole_picture_wanted_ = true;  // the next copy must not wait for damage, and counts as damaged all over
  Presentations presentations_;
  unsigned failures_ = 0;
  std::uint64_t dropped_frames_ = 0;
  std::optional<Failure> failure_;
};

WlrootsSource& source_of(void* data) {
  return *static_cast<WlrootsSource*>(data);
}

constexpr wl_registry_listener registry_listener = {
    .global = [](void* data, wl_registry*, std::uint32_t name, const char* interface,
                 std::uint32_t version) { source_of(data).on_global(name, interface, version); },
    .global_remove = [](void* data, wl_registry*, std::uint32_t name) { source_of(data).on_global_remove(name); },
};

constexpr zwlr_screencopy_frame_v1_listener copy_listener = {
    .buffer = [](void* data, zwlr_screencopy_frame_v1*, std::uint32_t format, std::uint32_t width, std::uint32_t height,
                 std::uint32_t stride) { static_cast<Copy*>(data)->layout = {format, width, height, stride}; },
    .flags =
        [](void* data, zwlr_screencopy_frame_v1*, std::uint32_t flags) {
          static_cast<Copy*>(data)->y_inverted = (flags & ZWLR_SCREENCOPY_FRAME_V1_FLAGS_Y_INVERT) != 0;
        },
    .ready =
        [](void* data, zwlr_screencopy_frame_v1*, std::uint32_t seconds_high, std::uint32_t seconds_low,
           std::uint32_t nanoseconds) {
          Copy& copy = *static_cast<Copy*>(data);
          copy.source->on_ready(copy, (std::uint64_t{seconds_high} << 32 | seconds_low) * 1'000'000'000u + nanoseconds);
        },
    .failed = [](void* data, zwlr_screencopy_frame_v1*) { static_cast<Copy*>(data)->source->on_failed(); },
    .damage =
        [](void* data, zwlr_screencopy_frame_v1*, std::uint32_t x, std::uint32_t y, std::uint32_t width,
           std::uint32_t height) {
          Copy& copy = *static_cast<Copy*>(data);
          copy.damage = united(copy.damage, clipped(x, y, width, height, copy.layout.width, copy.layout.height));
        },
    .linux_dmabuf = [](void*, zwlr_screencopy_frame_v1*, std::uint32_t, std::uint32_t, std::uint32_t) {},
    .buffer_done =
        [](void* data, zwlr_screencopy_frame_v1*) {
          Copy& copy = *static_cast<Copy*>(data);
          copy.source->on_described(copy);
        },
};

Result<void, Failure> WlrootsSource::start(const std::string& output_name, unsigned timeout_ms) {
  const std::uint64_t deadline_ns = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000;
  registry_.reset(wl_display_get_registry(connection_->display()));
  wl_registry_add_listener(registry_.get(), &registry_listener, this);
  // The first answer lists the globals, the second describes the outputs bound meanwhile.
  for (int round_trip = 0; round_trip < 2; ++round_trip) {
    if (connection_->round_trip(deadline_ns)) { continue; }
    return connection_->failure().value_or(problem::compositor_silent(timeout_ms));
  }
  if (manager_ == nullptr || shm_ == nullptr) { return problem::screencopy_missing(); }
  if (auto selected = select_output(output_name); !selected) { return selected; }
  prepare();
  connection_->flush();
  connection_->wait(deadline_ns, [this] {
    handle_timer();
    return ready_ != nullptr || failure_;
  });
  if (failure_) { return *failure_; }
  if (ready_ != nullptr) { return {}; }
  if (connection_->failure()) { return *connection_->failure(); }
  if (failures_ > 0) { return problem::output_asleep(output_name_); }
  return problem::output_silent(output_name_, timeout_ms);
}

Result<void, Failure> WlrootsSource::select_output(const std::string& name) {
  output_ = outputs_.find(name);
  if (output_ == nullptr) { return problem::output_missing(name, outputs_.names()); }
  output_name_ = output_->name;
  outputs_.on_removed = [this](const WaylandOutput& output) {
    if (&output != output_) { return; }
    end(problem::output_removed(output_name_));
    output_ = nullptr;
  };
  outputs_.on_changed = [this](const WaylandOutput& output) {
    // What is asked for has the old size or lies the old way, and on an idle desktop it would keep it until something
    // moves.
    if (&output == output_ && (copying_ != nullptr || prepared_ != nullptr)) { restart(); }
  };
  return {};
}

void WlrootsSource::on_global(std::uint32_t name, std::string_view interface, std::uint32_t version) {
  const auto bind = [&](const wl_interface& type, std::uint32_t wanted) {
    return wl_registry_bind(registry_.get(), name, &type, wanted);
  };
  if (interface == wl_shm_interface.name && shm_ == nullptr) {
    shm_.reset(static_cast<wl_shm*>(bind(wl_shm_interface, 1)));
  } else if (interface == zwlr_screencopy_manager_v1_interface.name && version >= screencopy_version &&
             manager_ == nullptr) {
    manager_.reset(
        static_cast<zwlr_screencopy_manager_v1*>(bind(zwlr_screencopy_manager_v1_interface, screencopy_version)));
  } else {
    outputs_.add(registry_.get(), name, interface, version);
  }
}

void WlrootsSource::on_described(Copy& copy) {
  const std::uint32_t fourcc = drm_fourcc(copy.layout.shm_format);
  if (!encodable(fourcc)) { return end(problem::picture_format_unusable(fourcc_name(fourcc))); }
  copy.described = true;
  advance();
}

void WlrootsSource::on_ready(Copy& copy, std::uint64_t said_ns) {
  Slot* const slot = copy.slot;
  const ShmLayout& layout = slot->memory->layout();
  slot->use = Use::ready;
  slot->presented_ns = presentations_.next(static_cast<std::int64_t>(said_ns), monotonic_ns());
  slot->y_inverted = copy.y_inverted;
  slot->transform = output_->transform;
  const Rect whole{0, 0, static_cast<std::int32_t>(layout.width), static_cast<std::int32_t>(layout.height)};
  slot->damage = whole_picture_wanted_ || copy.damage.empty() ? whole : copy.damage;
  if (ready_ != nullptr) {  // nobody took the one before: its damage lives on
    ++dropped_frames_;
    const bool alike = ready_->memory->layout() == layout && ready_->transform == slot->transform;
    slot->damage = alike ? united(slot->damage, ready_->damage) : whole;
    ready_->use = Use::free;
  }
  ready_ = slot;
  if (whole_picture_wanted_) { connection_->arm_timer(0); }
  whole_picture_wanted_ = false;
  if (order_from_ns_) { order_from_ns_ = never_ns; }
  failures_ = 0;
  discard(copying_);
  advance();
}

void WlrootsSource::on_failed() {
  cancel();
  if (++failures_ > max_failures) { return end(problem::output_asleep(output_name_)); }
  connection_->arm_timer(retry_ms);
}

// Asks for the frame object of the copy after this one.
void WlrootsSource::prepare() {
  prepared_ = copying_ == &copies_[0] ? &copies_[1] : &copies_[0];
  prepared_->source = this;
  constexpr std::int32_t with_cursor = 1;
  prepared_->proxy.reset(zwlr_screencopy_manager_v1_capture_output(manager_.get(), with_cursor, output_->proxy.get()));
  zwlr_screencopy_frame_v1_add_listener(prepared_->proxy.get(), &copy_listener, prepared_);
}

void WlrootsSource::discard(Copy*& copy) {
  if (copy == nullptr) { return; }
  *copy = {};
  copy = nullptr;
}

// Orders the next copy, if it is wanted by now, its layout is known and memory is free.
void WlrootsSource::advance() {
  if (copying_ != nullptr || prepared_ == nullptr || !prepared_->described) { return; }
  if (order_from_ns_ && monotonic_ns() < *order_from_ns_) { return; }
  Slot* const slot = free_slot(prepared_->layout);
  if (slot == nullptr) {
    return;  // release() comes back here
  }
  copying_ = std::exchange(prepared_, nullptr);
  copying_->slot = slot;
  slot->use = Use::copying;
  slot->ordered_ns = monotonic_ns();
  if (whole_picture_wanted_) {
    zwlr_screencopy_frame_v1_copy(copying_->proxy.get(), slot->memory->buffer());
    connection_->arm_timer(full_copy_timeout_ms);
  } else {
    zwlr_screencopy_frame_v1_copy_with_damage(copying_->proxy.get(), slot->memory->buffer());
  }
  prepare();
  connection_->flush();
}

Slot* WlrootsSource::free_slot(const ShmLayout& layout) {
  std::erase_if(slots_, [&](const auto& slot) { return slot->use == Use::free && slot->memory->layout() != layout; });
  for (const auto& slot : slots_) {
    if (slot->use == Use::free) { return slot.get(); }
  }
  if (slots_.size() >= max_buffers) { return nullptr; }
  auto slot = std::make_unique<Slot>();
  auto memory = ShmBuffer::make(shm_.get(), layout);
  if (!memory) {
    end(std::move(memory).error());
    return nullptr;
  }
  slot->memory = std::move(*memory);
  slots_.push_back(std::move(slot));
  return slots_.back().get();
}

void WlrootsSource::cancel() {
  // The compositor handles requests in order: it has let go of the buffer before it sees the next request for it.
  if (copying_ != nullptr && copying_->slot != nullptr) { copying_->slot->use = Use::free; }
  discard(copying_);
  discard(prepared_);
}

void WlrootsSource::restart() {
  cancel();
  whole_picture_wanted_ = true;
  connection_->arm_timer(0);
  prepare();
  connection_->flush();
}

void WlrootsSource::end(Failure failure) {
  if (failure_) { return; }
  cancel();
  failure_ = std::move(failure);
}

void WlrootsSource::handle_timer() {
  if (!connection_->timer_expired() || failure_) { return; }
  if (copying_ != nullptr) {
    end(problem::output_silent(output_name_, full_copy_timeout_ms));
  } else {
    restart();
  }
}

bool WlrootsSource::dispatch() {
  if (failure_) { return false; }
  if (!connection_->dispatch()) { end(*connection_->failure()); }
  handle_timer();
  if (!failure_) { advance(); }
  return !failure_;
}

bool WlrootsSource::next(Frame& frame) {
  if (ready_ == nullptr) { return false; }
  Slot* const slot = std::exchange(ready_, nullptr);
  slot->use = Use::borrowed;
  const ShmLayout& layout = slot->memory->layout();
  frame = {};
  frame.planes[0] = {.data = slot->memory->data(), .length = slot->memory->length(), .stride = layout.stride};
  frame.plane_count = 1;
  frame.fourcc = drm_fourcc(layout.shm_format);
  frame.modifier = DRM_FORMAT_MOD_LINEAR;
  frame.width = layout.width;
  frame.height = layout.height;
  frame.y_inverted = slot->y_inverted;
  frame.transform = slot->transform;
  frame.presented_ns = slot->presented_ns;
  frame.ordered_ns = slot->ordered_ns;
  frame.damage = slot->damage;
  frame.backend = slot;
  return true;
}

void WlrootsSource::release(const Frame& frame) {
  static_cast<Slot*>(frame.backend)->use = Use::free;
  if (!failure_) { advance(); }
}

}  // namespace

OpenedSource open_wlroots(const contract::WlrootsTarget& target, unsigned timeout_ms) {
  auto connection = WaylandConnection::open(target.wayland_display);
  if (!connection) { return std::move(connection).error(); }
  auto source = std::make_unique<WlrootsSource>(std::move(*connection));
  if (auto started = source->start(target.output, timeout_ms); !started) { return std::move(started).error(); }
  return source;
}

}  // namespace punktfunk
