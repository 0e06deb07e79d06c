// The core for the harness and the host: classes Host, Client, Link, Fec, Sealer, Opener; see core.ts for what each
// does. Bytes go in where they lie and come out as views on the core's own memory, which lives as long as any view:
// nothing is copied.
#include <napi.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addon/core_addon_support.h"
#include "core/session/pf1_client.h"
#include "core/session/pf1_host.h"
#include "impair/simulated_link.h"
#include "punktfunk_core.h"

namespace {

using namespace punktfunk;
using namespace punktfunk::addon;

class Host final : public Napi::ObjectWrap<Host> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Host",
        {InstanceMethod<&Host::submit_frame>("submitFrame"), InstanceMethod<&Host::begin_frame>("beginFrame"),
         InstanceMethod<&Host::submit_slice>("submitSlice"), InstanceMethod<&Host::poll_datagram>("pollDatagram"),
         InstanceMethod<&Host::feed_datagram>("feedDatagram"), InstanceMethod<&Host::poll_event>("pollEvent"),
         InstanceMethod<&Host::next_ns>("nextNs"), InstanceMethod<&Host::stats>("stats")});
  }
  explicit Host(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const pf1::SessionConfig config = session_config(info[0]);
    host_ = std::make_shared<pf1::Host>(config);
    datagram_bytes_ = config.datagram_bytes;
    if (host_->status() != Status::ok) { fail(info.Env(), host_->status()); }
  }

 private:
  Napi::Value submit_frame(const Napi::CallbackInfo& info) {
    const auto [stream, frame] = frame_of(info[1]);
    if (!info[0].IsArray()) { wrong(info.Env(), "slices must be an array of Uint8Array"); }
    const auto array = info[0].As<Napi::Array>();
    std::array<std::span<const std::uint8_t>, pf1::max_slices> slices;
    if (array.Length() > slices.size()) { fail(info.Env(), Status::invalid_argument); }
    for (std::uint32_t i = 0; i < array.Length(); ++i) { slices[i] = bytes_of(array.Get(i), "each slice"); }
    const std::uint32_t number = host_->next_frame(stream);
    const Status status = host_->submit_frame(stream, std::span(slices).first(array.Length()), frame, time_of(info[2]));
    if (status != Status::ok) { fail(info.Env(), status); }
    return Napi::Number::New(info.Env(), number);
  }

  Napi::Value begin_frame(const Napi::CallbackInfo& info) {
    const auto [stream, frame] = frame_of(info[1]);
    if (!info[0].IsNumber()) { wrong(info.Env(), "expectedBytes must be a number"); }
    const double expected_bytes = info[0].As<Napi::Number>().DoubleValue();
    if (!(expected_bytes >= 0 && expected_bytes <= 4294967295.0)) { fail(info.Env(), Status::invalid_argument); }
    const std::uint32_t number = host_->next_frame(stream);
    const Status status = host_->begin_frame(stream, static_cast<std::size_t>(expected_bytes), frame, time_of(info[2]));
    if (status != Status::ok) { fail(info.Env(), status); }
    return Napi::Number::New(info.Env(), number);
  }

  Napi::Value submit_slice(const Napi::CallbackInfo& info) {
    const auto [stream, frame] = frame_of(info[1]);
    if (!info[2].IsBoolean()) { wrong(info.Env(), "last must be a boolean"); }
    const Status status = host_->submit_slice(stream, bytes_of(info[0], "the slice"), info[2].As<Napi::Boolean>());
    if (status != Status::ok) { fail(info.Env(), status); }
    return info.Env().Undefined();
  }

  static std::pair<std::size_t, pf1::FrameInfo> frame_of(const Napi::Value& value) {
    const Fields fields(value);
    pf1::FrameInfo frame;
    std::size_t stream = 0;
    fields.number("stream", stream, 0, pf1::max_streams - 1);
    fields.number("flags", frame.flags, 0, 65535);
    fields.number("latencyUs", frame.latency_us, 0, 4e9);
    fields.bigint("captureNs", frame.capture_ns);
    frame.flags &= pf1::flag_idr | pf1::flag_recovery_point | pf1::flag_repeat;
    return {stream, frame};
  }

  Napi::Value poll_datagram(const Napi::CallbackInfo& info) {
    std::span<const std::uint8_t> datagram;
    const Status status = host_->poll_datagram(time_of(info[0]), datagram);
    if (status == Status::again) { return info.Env().Undefined(); }
    if (status != Status::ok) { fail(info.Env(), status); }
    return views_.view(info.Env(), host_, datagram, datagram_bytes_);
  }

  Napi::Value feed_datagram(const Napi::CallbackInfo& info) {
    return status_value(info.Env(), host_->feed_datagram(bytes_of(info[0], "the datagram"), time_of(info[1])));
  }

  Napi::Value poll_event(const Napi::CallbackInfo& info) {
    pf1::HostEvent event;
    if (host_->poll_event(time_of(info[0]), event) != Status::ok) { return info.Env().Undefined(); }
    static constexpr const char* names[] = {"feedback", "recovery_wanted", "client_silent", "client_back"};
    auto out = Napi::Object::New(info.Env());
    out.Set("kind", names[static_cast<std::size_t>(event.kind)]);
    if (event.kind > pf1::HostEvent::Kind::recovery_wanted) { return out; }
    out.Set("stream", event.feedback.stream);
    out.Set("newestFrame", event.feedback.newest_frame);
    out.Set("lostFirst", event.feedback.lost_first);
    out.Set("lostLast", event.feedback.lost_last);
    out.Set("framesLost", event.feedback.frames_lost);
    out.Set("shardsRepaired", event.feedback.shards_repaired);
    out.Set("rttNs", big(info.Env(), event.rtt_ns));
    out.Set("packetLoss", event.packet_loss);
    return out;
  }

  Napi::Value next_ns(const Napi::CallbackInfo& info) { return big(info.Env(), host_->next_ns()); }

  Napi::Value stats(const Napi::CallbackInfo& info) {
    const pf1::HostStats& s = host_->stats();
    auto out = Napi::Object::New(info.Env());
    const std::pair<const char*, std::uint64_t> counts[] = {
        {"frames", s.frames},     {"framesCut", s.frames_cut},   {"datagrams", s.datagrams},
        {"bytes", s.bytes},       {"dataShards", s.data_shards}, {"parityShards", s.parity_shards},
        {"feedback", s.feedback}, {"refused", s.refused}};
    for (const auto& [name, count] : counts) { out.Set(name, static_cast<double>(count)); }
    out.Set("rttNs", big(info.Env(), s.rtt_ns));
    out.Set("packetNumber", big(info.Env(), host_->packet_number()));
    out.Set("epoch", host_->epoch());
    return out;
  }

  std::shared_ptr<pf1::Host> host_;
  Views<pf1::Host> views_;
  std::size_t datagram_bytes_ = 0;
};

class Client final : public Napi::ObjectWrap<Client> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Client",
        {InstanceMethod<&Client::feed_datagram>("feedDatagram"), InstanceMethod<&Client::next_frame>("nextFrame"),
         InstanceMethod<&Client::poll_datagram>("pollDatagram"), InstanceMethod<&Client::poll_event>("pollEvent"),
         InstanceMethod<&Client::next_ns>("nextNs"), InstanceMethod<&Client::stats>("stats")});
  }
  explicit Client(const Napi::CallbackInfo& info) : ObjectWrap(info), config_(session_config(info[0])) {
    client_ = std::make_shared<pf1::Client>(config_);
    wipe(config_.secret);
    if (client_->status() != Status::ok) { fail(info.Env(), client_->status()); }
  }

 private:
  Napi::Value feed_datagram(const Napi::CallbackInfo& info) {
    return status_value(info.Env(), client_->feed_datagram(bytes_of(info[0], "the datagram"), time_of(info[1])));
  }

  Napi::Value next_frame(const Napi::CallbackInfo& info) {
    pf1::ClientFrame got;
    if (client_->next_frame(got) != Status::ok) { return info.Env().Undefined(); }
    const pf1::ReassembledFrame& f = got.frame;
    auto out = Napi::Object::New(info.Env());
    auto ends = Napi::Array::New(info.Env(), f.slice_ends.size());
    for (std::uint32_t i = 0; i < f.slice_ends.size(); ++i) { ends.Set(i, f.slice_ends[i]); }
    out.Set("stream", static_cast<double>(got.stream));
    out.Set("number", f.number);
    out.Set("flags", f.info.flags);
    out.Set("captureNs", big(info.Env(), f.info.capture_ns));
    out.Set("latencyUs", f.info.latency_us);
    out.Set("clean", got.clean);
    out.Set("bytes", views_.view(info.Env(), client_, f.bytes, config_.streams[got.stream].max_frame_bytes));
    out.Set("sliceEnds", ends);
    out.Set("dataShards", f.data_shards);
    out.Set("parityShards", f.parity_shards);
    out.Set("receivedShards", f.received_shards);
    out.Set("repairedShards", f.repaired_shards);
    return out;
  }

  Napi::Value poll_datagram(const Napi::CallbackInfo& info) {
    std::span<const std::uint8_t> datagram;
    const Status status = client_->poll_datagram(time_of(info[0]), datagram);
    if (status == Status::again) { return info.Env().Undefined(); }
    if (status != Status::ok) { fail(info.Env(), status); }
    return views_.view(info.Env(), client_, datagram, datagram.size());
  }

  Napi::Value poll_event(const Napi::CallbackInfo& info) {
    pf1::ClientEvent event;
    if (client_->poll_event(time_of(info[0]), event) != Status::ok) { return info.Env().Undefined(); }
    static constexpr const char* names[] = {"frames_lost", "recovered", "host_silent", "host_back"};
    auto out = Napi::Object::New(info.Env());
    out.Set("kind", names[static_cast<std::size_t>(event.kind)]);
    if (event.kind > pf1::ClientEvent::Kind::recovered) { return out; }
    out.Set("stream", static_cast<double>(event.stream));
    out.Set("first", event.first);
    out.Set("last", event.last);
    return out;
  }

  Napi::Value next_ns(const Napi::CallbackInfo& info) { return big(info.Env(), client_->next_ns()); }

  Napi::Value stats(const Napi::CallbackInfo& info) {
    const pf1::ClientStats s = client_->stats();
    auto out = Napi::Object::New(info.Env());
    const std::pair<const char*, std::uint64_t> counts[] = {
        {"datagrams", s.datagrams}, {"bytes", s.bytes},         {"notAuthentic", s.not_authentic},
        {"replayed", s.replayed},   {"malformed", s.malformed}, {"feedback", s.feedback}};
    for (const auto& [name, count] : counts) { out.Set(name, static_cast<double>(count)); }
    auto streams = Napi::Array::New(info.Env());
    for (std::uint32_t i = 0; i < pf1::max_streams; ++i) {
      if (config_.streams[i].max_frame_bytes == 0) { continue; }
      auto stream = Napi::Object::New(info.Env());
      const std::pair<const char*, std::uint64_t> of_stream[] = {{"frames", s.streams[i].frames},
                                                                 {"framesRepaired", s.streams[i].frames_repaired},
                                                                 {"framesLost", s.streams[i].frames_lost},
                                                                 {"shardsRepaired", s.streams[i].shards_repaired},
                                                                 {"late", s.streams[i].late}};
      for (const auto& [name, count] : of_stream) { stream.Set(name, static_cast<double>(count)); }
      streams.Set(i, stream);
    }
    out.Set("streams", streams);
    return out;
  }

  pf1::SessionConfig config_;
  std::shared_ptr<pf1::Client> client_;
  Views<pf1::Client> views_;
};

class Link final : public Napi::ObjectWrap<Link> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Link",
                       {InstanceMethod<&Link::send>("send"), InstanceMethod<&Link::receive>("receive"),
                        InstanceMethod<&Link::next_ns>("nextNs"), InstanceMethod<&Link::stats>("stats")});
  }
  explicit Link(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const Fields fields(info[0]);
    LinkConfig config;
    fields.number("loss", config.loss, 0, 1);
    fields.number("badBegins", config.bad_begins, 0, 1);
    fields.number("badEnds", config.bad_ends, 0, 1);
    fields.number("badLoss", config.bad_loss, 0, 1);
    fields.bigint("delayNs", config.delay_ns);
    fields.bigint("jitterNs", config.jitter_ns);
    fields.number("reorder", config.reorder, 0, 1);
    fields.bigint("reorderNs", config.reorder_ns);
    fields.number("duplicate", config.duplicate, 0, 1);
    fields.number("rateBps", config.rate_bps, 0, 1e15);
    fields.number("queueBytes", config.queue_bytes, 0, 4e9);
    link_.emplace(config, time_of(info[1]));
  }

 private:
  void send(const Napi::CallbackInfo& info) { link_->send(bytes_of(info[0], "the datagram"), time_of(info[1])); }
  Napi::Value receive(const Napi::CallbackInfo& info) {
    if (!link_->receive(time_of(info[0]), datagram_)) { return info.Env().Undefined(); }
    return Napi::Buffer<std::uint8_t>::Copy(info.Env(), datagram_.data(), datagram_.size());
  }
  Napi::Value next_ns(const Napi::CallbackInfo& info) { return big(info.Env(), link_->next_ns()); }
  Napi::Value stats(const Napi::CallbackInfo& info) {
    const LinkStats& s = link_->stats();
    auto out = Napi::Object::New(info.Env());
    const std::pair<const char*, std::uint64_t> counts[] = {{"sent", s.sent},
                                                            {"delivered", s.delivered},
                                                            {"lost", s.lost},
                                                            {"queueDropped", s.queue_dropped},
                                                            {"duplicated", s.duplicated}};
    for (const auto& [name, count] : counts) { out.Set(name, static_cast<double>(count)); }
    return out;
  }

  std::optional<SimulatedLink> link_;
  std::vector<std::uint8_t> datagram_;
};

class Fec final : public Napi::ObjectWrap<Fec> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Fec", {InstanceMethod<&Fec::encode>("encode"), InstanceMethod<&Fec::decode>("decode")});
  }
  // (code, maxDataShards, maxParityShards, maxShardBytes)
  explicit Fec(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    static const std::map<std::string, std::uint32_t> codes = {
        {"gf16", PUNKTFUNK_FEC_GF16}, {"gf8-video", PUNKTFUNK_FEC_GF8_VIDEO}, {"gf8-audio", PUNKTFUNK_FEC_GF8_AUDIO}};
    const auto code = codes.find(info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "");
    if (code == codes.end()) { wrong(info.Env(), "the code must be gf16, gf8-video or gf8-audio"); }
    std::size_t limits[3];
    for (std::size_t i = 0; i < 3; ++i) {
      const double value = info[i + 1].IsNumber() ? info[i + 1].As<Napi::Number>().DoubleValue() : 0;
      if (!(value >= 1 && value <= 1 << 20)) {
        wrong(info.Env(), "data shards, parity shards and shard bytes must be positive numbers");
      }
      limits[i] = static_cast<std::size_t>(value);
    }
    punktfunk_fec* fec = nullptr;
    const punktfunk_status status = punktfunk_fec_create(code->second, limits[0], limits[1], limits[2], &fec);
    if (status != PUNKTFUNK_OK) { fail(info.Env(), static_cast<Status>(status)); }
    fec_.reset(fec);
  }

 private:
  struct Destroy {
    void operator()(punktfunk_fec* fec) const { punktfunk_fec_destroy(fec); }
  };

  // Pointers to arrays of one size; that size into bytes.
  std::vector<std::uint8_t*> shards(const Napi::Value& value, std::size_t& bytes) {
    if (!value.IsArray()) { wrong(value.Env(), "shards must be an array of Uint8Array"); }
    const auto array = value.As<Napi::Array>();
    std::vector<std::uint8_t*> out;
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
      const auto room = room_of(array.Get(i), "each shard");
      if (bytes == 0) { bytes = room.size(); }
      if (room.size() != bytes) { fail(value.Env(), Status::invalid_argument); }
      out.push_back(room.data());
    }
    return out;
  }

  void encode(const Napi::CallbackInfo& info) {
    std::size_t bytes = 0;
    const auto data = shards(info[0], bytes), parity = shards(info[1], bytes);
    const punktfunk_status status =
        punktfunk_fec_encode(fec_.get(), data.data(), data.size(), parity.data(), parity.size(), bytes);
    if (status != PUNKTFUNK_OK) { fail(info.Env(), static_cast<Status>(status)); }
  }

  // (data then parity, present, number of data shards)
  Napi::Value decode(const Napi::CallbackInfo& info) {
    std::size_t bytes = 0;
    const auto all = shards(info[0], bytes);
    const auto present = bytes_of(info[1], "present");
    const std::size_t data = info[2].IsNumber() ? info[2].As<Napi::Number>().Uint32Value() : 0;
    if (present.size() != all.size() || data == 0 || data > all.size()) { fail(info.Env(), Status::invalid_argument); }
    const punktfunk_status status =
        punktfunk_fec_decode(fec_.get(), all.data(), present.data(), data, all.size() - data, bytes);
    if (status != PUNKTFUNK_OK && status != PUNKTFUNK_UNRECOVERABLE) { fail(info.Env(), static_cast<Status>(status)); }
    return Napi::Number::New(info.Env(), status);
  }

  std::unique_ptr<punktfunk_fec, Destroy> fec_;
};

class Sealer final : public Napi::ObjectWrap<Sealer> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Sealer", {InstanceMethod<&Sealer::seal>("seal")});
  }
  explicit Sealer(const Napi::CallbackInfo& info) : ObjectWrap(info), sealer_(crypto_config(info[0])) {
    if (sealer_.status() != Status::ok) { fail(info.Env(), sealer_.status()); }
  }

 private:
  Napi::Value seal(const Napi::CallbackInfo& info) {
    const auto packet = bytes_of(info[0], "the packet");
    const auto room = room_of(info[1], "the room for the datagram");
    if (room.size() < packet.size() + aead_tag_bytes) { fail(info.Env(), Status::buffer_too_small); }
    const Status status = sealer_.seal(packet, room.first(packet.size() + aead_tag_bytes));
    if (status != Status::ok) { fail(info.Env(), status); }
    return Napi::Number::New(info.Env(), static_cast<double>(packet.size() + aead_tag_bytes));
  }
  PacketSealer sealer_;
};

class Opener final : public Napi::ObjectWrap<Opener> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Opener", {InstanceMethod<&Opener::open>("open")});
  }
  explicit Opener(const Napi::CallbackInfo& info) : ObjectWrap(info), opener_(crypto_config(info[0])) {
    if (opener_.status() != Status::ok) { fail(info.Env(), opener_.status()); }
  }

 private:
  Napi::Value open(const Napi::CallbackInfo& info) {
    return status_value(info.Env(),
                        opener_.open(bytes_of(info[0], "the datagram"), room_of(info[1], "the room for the body")));
  }
  PacketOpener opener_;
};

Napi::Value status_sentence(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) { wrong(info.Env(), "the status must be a number"); }
  return Napi::String::New(info.Env(), punktfunk_status_text(info[0].As<Napi::Number>().Int32Value()));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Host", Host::define(env));
  exports.Set("Client", Client::define(env));
  exports.Set("Link", Link::define(env));
  exports.Set("Fec", Fec::define(env));
  exports.Set("Sealer", Sealer::define(env));
  exports.Set("Opener", Opener::define(env));
  exports.Set("statusText", Napi::Function::New(env, status_sentence));
  exports.Set("abiVersion", Napi::Number::New(env, punktfunk_abi_version()));
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, init)
