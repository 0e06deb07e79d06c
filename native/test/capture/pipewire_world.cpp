#include "test/capture/pipewire_world.h"

#include <fcntl.h>
#include <poll.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "beacon/beacon_code.h"
#include "engine/capture/damage.h"

namespace punktfunk::test {

namespace {

constexpr std::uint64_t start_timeout_ns = 60'000'000'000;

constexpr char daemon_configuration[] = R"(
context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false link.max-buffers = 16 log.level = 0 }
context.spa-libs = { support.* = support/libspa-support }
context.modules = [
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-access args = { access.allowed = [ ] } }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-link-factory }
]
)";

bool listens(const std::filesystem::path& socket_path) {
  const UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  return connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

class Locked {
 public:
  explicit Locked(pw_thread_loop* loop) : loop_(loop) { pw_thread_loop_lock(loop_); }
  ~Locked() { pw_thread_loop_unlock(loop_); }

 private:
  pw_thread_loop* loop_;
};

}  // namespace

PipeWireDaemon::PipeWireDaemon() {
  char name[] = "/tmp/punktfunk-pipewire.XXXXXX";
  if (mkdtemp(name) == nullptr) { throw std::runtime_error("no temporary directory"); }
  directory_ = name;
  std::ofstream(directory_ / "daemon.conf") << daemon_configuration;
  setenv("PIPEWIRE_RUNTIME_DIR", directory_.c_str(), 1);
  unsetenv("PIPEWIRE_REMOTE");
  daemon_ = std::make_unique<Child>(std::vector<std::string>{"pipewire", "-c", directory_ / "daemon.conf"});
  const std::uint64_t deadline_ns = monotonic_ns() + start_timeout_ns;
  while (!listens(directory_ / "pipewire-0")) {
    if (monotonic_ns() > deadline_ns) { throw std::runtime_error("the test's PipeWire daemon does not listen"); }
    poll(nullptr, 0, 5);
  }
}

PipeWireDaemon::~PipeWireDaemon() {
  daemon_.reset();
  std::filesystem::remove_all(directory_);
}

struct Producer::Callbacks {
  static Producer& self(void* data) { return *static_cast<Producer*>(data); }

  static constexpr pw_registry_events registry = {
      .version = PW_VERSION_REGISTRY_EVENTS,
      .global = [](void* data, std::uint32_t id, std::uint32_t, const char* type, std::uint32_t,
                   const spa_dict* properties) { self(data).on_global(id, type, properties); },
      .global_remove = [](void*, std::uint32_t) {},
  };
  static constexpr pw_stream_events stream = {
      .version = PW_VERSION_STREAM_EVENTS,
      .state_changed =
          [](void* data, pw_stream_state, pw_stream_state, const char*) {
            self(data).node_id_ = pw_stream_get_node_id(self(data).stream_);
            pw_thread_loop_signal(self(data).loop_, false);
          },
      .param_changed =
          [](void* data, std::uint32_t id, const spa_pod* param) {
            if (id == SPA_PARAM_Format) { self(data).on_format(param); }
          },
      .add_buffer = [](void* data, pw_buffer* buffer) { self(data).on_add_buffer(buffer); },
      .remove_buffer = [](void* data, pw_buffer* buffer) { self(data).on_remove_buffer(buffer); },
      .process = [](void* data) { self(data).paint_and_send(); },
  };
};

Producer::Producer(const Script& script) : script_(script) {
  pw_init(nullptr, nullptr);
  loop_ = pw_thread_loop_new("producer", nullptr);
  context_ = pw_context_new(pw_thread_loop_get_loop(loop_), nullptr, 0);
  core_ = context_ != nullptr ? pw_context_connect(context_, nullptr, 0) : nullptr;
  if (core_ == nullptr) { throw std::runtime_error("the producer cannot connect to the test's PipeWire daemon"); }
  registry_ = pw_core_get_registry(core_, PW_VERSION_REGISTRY, 0);
  pw_registry_add_listener(registry_, &registry_hook_, &Callbacks::registry, this);
  stream_ = pw_stream_new(core_, "producer", pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", nullptr));
  pw_stream_add_listener(stream_, &stream_hook_, &Callbacks::stream, this);
  timer_ = pw_loop_add_timer(
      pw_thread_loop_get_loop(loop_),
      [](void* data, std::uint64_t) {
        Producer& producer = Callbacks::self(data);
        const bool streaming = pw_stream_get_state(producer.stream_, nullptr) == PW_STREAM_STATE_STREAMING;
        if (streaming && producer.script_.start) { pw_stream_trigger_process(producer.stream_); }
      },
      this);
  offer();
  timespec first{}, period{};
  first.tv_nsec = 1;
  period.tv_nsec = 1'000'000'000 / script_.fps;
  pw_loop_update_timer(pw_thread_loop_get_loop(loop_), timer_, &first, &period, false);
  pw_thread_loop_start(loop_);
  const Locked lock(loop_);
  while (node_id_ == SPA_ID_INVALID) {
    if (pw_thread_loop_timed_wait(loop_, 10) != 0) { throw std::runtime_error("the producer gets no node"); }
  }
}

Producer::~Producer() {
  pw_thread_loop_stop(loop_);
  pw_stream_destroy(stream_);
  for (pw_proxy* const link : links_) { pw_proxy_destroy(link); }
  pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry_));
  pw_core_disconnect(core_);
  pw_loop_destroy_source(pw_thread_loop_get_loop(loop_), timer_);
  pw_context_destroy(context_);
  pw_thread_loop_destroy(loop_);
  pw_deinit();
}

void Producer::change(const Script& script) {
  const Locked lock(loop_);
  script_ = script;
}

void Producer::renegotiate(const Script& script) {
  const Locked lock(loop_);
  script_ = script;
  offer();
}

void Producer::truncate(std::uint64_t bytes) {
  const Locked lock(loop_);
  for (const auto& buffer : buffers_) {
    if (ftruncate(buffer->fd, static_cast<off_t>(bytes)) != 0) { throw std::runtime_error("cannot truncate"); }
    buffer->bytes = bytes;
  }
}

void Producer::pause_sending(bool paused) {
  const Locked lock(loop_);
  pw_stream_set_active(stream_, !paused);
}

std::int32_t Producer::stride() const {
  return script_.stride != 0 ? script_.stride : static_cast<std::int32_t>(script_.width * 4);
}

std::uint32_t Producer::picture_bytes() const {
  return static_cast<std::uint32_t>(stride()) * script_.height;
}

// Says which pictures there are; the first time by connecting.
void Producer::offer() {
  std::uint8_t storage[1024];
  spa_pod_builder builder;
  spa_pod_builder_init(&builder, storage, sizeof storage);
  const spa_rectangle size{script_.width, script_.height};
  const spa_fraction variable{0, 1}, fastest{script_.fps, 1}, slowest{1, 1};
  spa_pod_frame object;
  spa_pod_builder_push_object(&builder, &object, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
  spa_pod_builder_add(&builder, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
                      SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format, SPA_POD_Id(script_.format), 0);
  if (script_.modifier) {
    spa_pod_builder_prop(&builder, SPA_FORMAT_VIDEO_modifier, SPA_POD_PROP_FLAG_MANDATORY);
    spa_pod_builder_long(&builder, static_cast<std::int64_t>(*script_.modifier));
  }
  spa_pod_builder_add(&builder, SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_framerate,
                      SPA_POD_Fraction(&variable), SPA_FORMAT_VIDEO_maxFramerate,
                      SPA_POD_CHOICE_RANGE_Fraction(&fastest, &slowest, &fastest), 0);
  const auto* format = static_cast<const spa_pod*>(spa_pod_builder_pop(&builder, &object));
  if (pw_stream_get_state(stream_, nullptr) != PW_STREAM_STATE_UNCONNECTED) {
    pw_stream_update_params(stream_, &format, 1);
    return;
  }
  const int flags = script_.memory_only ? PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_MAP_BUFFERS
                                        : PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_ALLOC_BUFFERS;
  pw_stream_connect(stream_, PW_DIRECTION_OUTPUT, PW_ID_ANY, static_cast<pw_stream_flags>(flags), &format, 1);
}

void Producer::on_format(const spa_pod* param) {
  if (param == nullptr) { return; }
  std::uint8_t storage[1024];
  spa_pod_builder builder;
  spa_pod_builder_init(&builder, storage, sizeof storage);
  const auto meta = [&](std::uint32_t type, std::size_t bytes) {
    return static_cast<const spa_pod*>(
        spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta, SPA_PARAM_META_type,
                                   SPA_POD_Id(type), SPA_PARAM_META_size, SPA_POD_Int(static_cast<int>(bytes))));
  };
  const int type = script_.modifier ? SPA_DATA_DmaBuf : script_.memory_only ? SPA_DATA_MemPtr : SPA_DATA_MemFd;
  const spa_pod* answer[] = {
      static_cast<const spa_pod*>(spa_pod_builder_add_object(
          &builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
          SPA_POD_CHOICE_RANGE_Int(4, 2, 8), SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1), SPA_PARAM_BUFFERS_size,
          SPA_POD_Int(static_cast<int>(picture_bytes())), SPA_PARAM_BUFFERS_stride, SPA_POD_Int(stride()),
          SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int(1 << type))),
      meta(SPA_META_Header, sizeof(spa_meta_header)),
      meta(SPA_META_VideoCrop, sizeof(spa_meta_region)),
      meta(SPA_META_VideoDamage, sizeof(spa_meta_region) * 4),
  };
  pw_stream_update_params(stream_, answer, 4);
}

void Producer::on_add_buffer(pw_buffer* buffer) {
  spa_data& data = buffer->buffer->datas[0];
  auto ours = std::make_unique<Buffer>();
  if (script_.memory_only) {
    ours->data = static_cast<std::uint8_t*>(data.data);
    ours->bytes = data.maxsize;
  } else {
    const std::uint64_t honest_bytes = std::uint64_t{script_.map_offset} + script_.chunk_offset + picture_bytes();
    ours->bytes = script_.file_bytes.value_or(honest_bytes);
    ours->fd = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (ftruncate(ours->fd, static_cast<off_t>(ours->bytes)) != 0) { throw std::runtime_error("no memory"); }
    if (script_.seals != 0) { fcntl(ours->fd, F_ADD_SEALS, script_.seals); }
    // Room for the file to grow back after it was cut short.
    ours->data = static_cast<std::uint8_t*>(
        mmap(nullptr, std::max<std::size_t>(ours->bytes, 1), PROT_READ | PROT_WRITE, MAP_SHARED, ours->fd, 0));
    data.type = script_.buffer_type.value_or(script_.modifier ? SPA_DATA_DmaBuf : SPA_DATA_MemFd);
    data.fd = script_.without_file ? -1 : ours->fd;
    data.flags = SPA_DATA_FLAG_READWRITE;
    data.mapoffset = script_.map_offset;
    data.maxsize = script_.announced_bytes.value_or(static_cast<std::uint32_t>(honest_bytes));
    data.data = nullptr;
  }
  buffer->user_data = ours.get();
  buffers_.push_back(std::move(ours));
}

void Producer::on_remove_buffer(pw_buffer* buffer) {
  auto* const ours = static_cast<Buffer*>(buffer->user_data);
  if (ours->fd >= 0) {
    munmap(ours->data, ours->bytes);
    close(ours->fd);
  }
  std::erase_if(buffers_, [&](const auto& known) { return known.get() == ours; });
}

void Producer::paint_and_send() {
  pw_buffer* const buffer = pw_stream_dequeue_buffer(stream_);
  if (buffer == nullptr) { return; }
  auto* const ours = static_cast<Buffer*>(buffer->user_data);
  const std::uint64_t number = sent_ + 1;
  const std::size_t start = std::size_t{script_.map_offset} + script_.chunk_offset;
  const std::size_t line = static_cast<std::size_t>(stride() > 0 ? stride() : 0);
  if (line >= script_.width * 4 && ours->bytes >= start + line * script_.height) {
    const Rect whole{0, 0, static_cast<std::int32_t>(script_.width), static_cast<std::int32_t>(script_.height)};
    const Rect announced =
        clipped(script_.crop.x, script_.crop.y, script_.crop.width, script_.crop.height, script_.width, script_.height);
    const Rect part = announced.empty() ? whole : announced;
    std::uint8_t* const picture =
        ours->data + start + static_cast<std::size_t>(part.y) * line + static_cast<std::size_t>(part.x) * 4;
    paint_beacon_code(picture, line, static_cast<std::uint32_t>(part.width), static_cast<std::uint32_t>(part.height),
                      {number, monotonic_ns()});
    const std::uint32_t end = last_pixel(number);
    std::memcpy(
        picture + static_cast<std::size_t>(part.height - 1) * line + static_cast<std::size_t>(part.width - 1) * 4, &end,
        sizeof end);
  }
  spa_buffer* const contents = buffer->buffer;
  spa_chunk& chunk = *contents->datas[0].chunk;
  chunk.offset = script_.chunk_offset;
  chunk.stride = script_.said_stride.value_or(stride());
  chunk.size = script_.chunk_bytes.value_or(picture_bytes());
  chunk.flags = static_cast<std::int32_t>(script_.chunk_flags);
  if (auto* const header = static_cast<spa_meta_header*>(
          spa_buffer_find_meta_data(contents, SPA_META_Header, sizeof(spa_meta_header)))) {
    header->flags = script_.header_flags;
    header->pts = script_.pts_ns != 0 ? script_.pts_ns : static_cast<std::int64_t>(monotonic_ns());
    if (number % 2 == 0) { header->pts -= script_.pts_back_ns; }
    header->seq = sequence_ += script_.sequence_step;
  }
  const auto region = [](const Rect& box) {
    return spa_region{{box.x, box.y}, {static_cast<std::uint32_t>(box.width), static_cast<std::uint32_t>(box.height)}};
  };
  if (auto* const crop = static_cast<spa_meta_region*>(
          spa_buffer_find_meta_data(contents, SPA_META_VideoCrop, sizeof(spa_meta_region)))) {
    crop->region = region(script_.crop);
  }
  if (const spa_meta* const damage = spa_buffer_find_meta(contents, SPA_META_VideoDamage)) {
    auto* const boxes = static_cast<spa_meta_region*>(damage->data);
    for (std::size_t i = 0; i < 4; ++i) {
      boxes[i].region = region(i < script_.damage.size() ? script_.damage[i] : Rect{});
    }
  }
  pw_stream_queue_buffer(stream_, buffer);
  ++sent_;
}

// The session manager's part: links every consumer of the name that our source uses, as soon as its port is there.
void Producer::on_global(std::uint32_t id, const char* type, const spa_dict* properties) {
  if (properties == nullptr || !script_.link) { return; }
  const auto value = [&](const char* key) -> std::string {
    const char* const found = spa_dict_lookup(properties, key);
    return found != nullptr ? found : "";
  };
  if (std::strcmp(type, PW_TYPE_INTERFACE_Node) == 0 && value(PW_KEY_NODE_NAME) == "punktfunk-capture") {
    consumer_ = id;
  }
  if (std::strcmp(type, PW_TYPE_INTERFACE_Port) != 0 || value(PW_KEY_PORT_DIRECTION) != "in" ||
      value(PW_KEY_NODE_ID) != std::to_string(consumer_)) {
    return;
  }
  const std::string from = std::to_string(node_id_), to = std::to_string(consumer_);
  const spa_dict_item items[] = {{PW_KEY_LINK_OUTPUT_NODE, from.c_str()}, {PW_KEY_LINK_INPUT_NODE, to.c_str()}};
  const spa_dict wanted = SPA_DICT_INIT(items, 2);
  links_.push_back(static_cast<pw_proxy*>(
      pw_core_create_object(core_, "link-factory", PW_TYPE_INTERFACE_Link, PW_VERSION_LINK, &wanted, 0)));
}

}  // namespace punktfunk::test
