// The client room for the probe: class Stream with startAudio, startControl, startVideo, sendInput, requestIdr, summary
// and stop. Types in, types out; events come one object at a time to the function given to the constructor.
#include <napi.h>

#include <memory>
#include <string>

#include "client/stream_client.h"

namespace {

namespace client = punktfunk::client;
namespace gamestream = punktfunk::gamestream;

// What a config object must have. Each reader throws a TypeError that names the field.
class Fields {
 public:
  explicit Fields(const Napi::Value& value) : env_(value.Env()) {
    if (!value.IsObject()) { throw Napi::TypeError::New(env_, "an object with the configuration is missing"); }
    object_ = value.As<Napi::Object>();
  }

  std::string text(const char* name) const { return get(name, napi_string, "a string").As<Napi::String>(); }
  bool flag(const char* name) const { return get(name, napi_boolean, "a boolean").As<Napi::Boolean>(); }
  double number(const char* name) const { return get(name, napi_number, "a number").As<Napi::Number>().DoubleValue(); }
  Fields object(const char* name) const { return Fields(get(name, napi_object, "an object")); }

  std::uint64_t integer(const char* name, std::uint64_t most) const {
    const double value = number(name);
    if (!(value >= 0 && value <= static_cast<double>(most)) ||
        value != static_cast<double>(static_cast<std::uint64_t>(value))) {
      fail(name, ("a whole number from 0 to " + std::to_string(most)).c_str());
    }
    return static_cast<std::uint64_t>(value);
  }
  std::uint16_t port(const char* name) const { return static_cast<std::uint16_t>(integer(name, 65535)); }

  punktfunk::AesKey key(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().ByteLength() != punktfunk::aes_key_bytes) {
      fail(name, "16 bytes");
    }
    punktfunk::AesKey key{};
    const auto bytes = value.As<Napi::Uint8Array>();
    std::copy(bytes.Data(), bytes.Data() + key.size(), key.begin());
    return key;
  }

  std::vector<std::uint8_t> small_numbers(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsArray()) { fail(name, "an array of numbers"); }
    const auto array = value.As<Napi::Array>();
    std::vector<std::uint8_t> result;
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
      const Napi::Value element = array[i];
      if (!element.IsNumber()) { fail(name, "an array of numbers"); }
      result.push_back(static_cast<std::uint8_t>(element.As<Napi::Number>().Uint32Value()));
    }
    return result;
  }

 private:
  Napi::Value get(const char* name, napi_valuetype type, const char* wanted) const {
    const Napi::Value value = object_.Get(name);
    if (value.Type() != type) { fail(name, wanted); }
    return value;
  }
  [[noreturn]] void fail(const char* name, const char* wanted) const {
    throw Napi::TypeError::New(env_, std::string(name) + " must be " + wanted);
  }

  Napi::Env env_;
  Napi::Object object_;
};

client::MediaSocketConfig socket_config(const Fields& fields) {
  return {.address = fields.text("address"), .port = fields.port("port"), .ping_payload = fields.text("ping_payload")};
}

client::LossConfig loss_config(const Fields& fields) {
  return {.percent = fields.number("percent"),
          .burst_length = fields.number("burst"),
          .seed = fields.integer("seed", 1ull << 53)};
}

std::optional<punktfunk::AesKey> optional_key(const Fields& fields) {
  return fields.flag("encrypted") ? std::optional(fields.key("key")) : std::nullopt;
}

client::VideoCodec codec(const std::string& name) {
  return name == "hevc" ? client::VideoCodec::hevc : name == "av1" ? client::VideoCodec::av1 : client::VideoCodec::h264;
}

// Numbers of a summary, under the names that TypeScript uses.
class Numbers {
 public:
  explicit Numbers(Napi::Env env) : object(Napi::Object::New(env)) {}
  Numbers& set(const char* name, double value) {
    object.Set(name, Napi::Number::New(object.Env(), value));
    return *this;
  }
  Numbers& set(const char* name, std::uint64_t value) { return set(name, static_cast<double>(value)); }
  Numbers& set(const char* name, std::uint32_t value) { return set(name, static_cast<double>(value)); }
  Numbers& set(const char* name, bool value) {
    object.Set(name, Napi::Boolean::New(object.Env(), value));
    return *this;
  }
  Numbers& set(const char* name, const std::string& value) {
    object.Set(name, Napi::String::New(object.Env(), value));
    return *this;
  }
  Numbers& set(const char* name, const client::Percentiles& value) {
    Numbers inner(object.Env());
    inner.set("count", value.count).set("p50", value.p50).set("p95", value.p95).set("p99", value.p99);
    object.Set(name, inner.set("max", value.max).object);
    return *this;
  }

  Napi::Object object;
};

Napi::Object to_object(Napi::Env env, const client::AudioSummary& audio) {
  Numbers result(env);
  const auto& r = audio.reassembly;
  result.set("datagrams", r.datagrams).set("malformed", r.malformed).set("not_authentic", r.not_authentic);
  result.set("duplicates", r.duplicates).set("late", r.late).set("packets", r.packets);
  result.set("packets_repaired", r.packets_repaired).set("packets_lost", r.packets_lost);
  result.set("datagrams_dropped", audio.datagrams_dropped).set("kernel_drops", audio.kernel_drops);
  result.set("bytes", audio.bytes).set("decode_errors", audio.decode_errors).set("audible_ms", audio.audible_ms);
  Napi::Array tones = Napi::Array::New(env, audio.tone_hz.size());
  for (std::uint32_t i = 0; i < audio.tone_hz.size(); ++i) { tones[i] = Napi::Number::New(env, audio.tone_hz[i]); }
  result.object.Set("tone_hz", tones);
  return result.object;
}

Napi::Object to_object(Napi::Env env, const client::VideoSummary& video) {
  Numbers result(env);
  const auto& r = video.reassembly;
  result.set("malformed", r.malformed).set("not_authentic", r.not_authentic).set("duplicates", r.duplicates);
  result.set("late", r.late).set("frames_repaired", r.frames_repaired).set("frames_lost", r.frames_lost);
  result.set("shards_repaired", r.shards_repaired);
  result.set("datagrams", video.datagrams_received).set("datagrams_dropped", video.datagrams_dropped);
  result.set("kernel_drops", video.kernel_drops).set("wire_bytes", video.wire_bytes).set("frames", video.frames);
  result.set("idr_frames", video.idr_frames).set("frames_skipped", video.frames_skipped);
  result.set("idr_requests", video.idr_requests).set("access_unit_bytes", video.access_unit_bytes);
  result.set("first_datagram_ns", video.first_datagram_ns).set("first_frame_ns", video.first_frame_ns);
  result.set("last_frame_ns", video.last_frame_ns).set("first_frame_index", video.first_frame_index);
  result.set("last_frame_index", video.last_frame_index).set("frame_gap_ms", video.frame_gap_ms);
  result.set("frame_bytes", video.frame_bytes).set("host_latency_ms", video.host_latency_ms);
  const auto& p = video.pictures;
  result.set("access_units", p.access_units).set("pictures", p.pictures).set("decode_errors", p.decode_errors);
  result.set("overruns", p.overruns).set("last_decode_error", p.last_decode_error).set("file_error", p.file_error);
  result.set("width", p.width).set("height", p.height).set("full_range", p.full_range).set("matrix", p.matrix);
  result.set("primaries", p.primaries).set("transfer", p.transfer).set("size_changes", p.size_changes);
  result.set("beacon_pictures", p.beacon_pictures).set("beacon_distinct", p.beacon_distinct);
  result.set("beacon_repeated", p.beacon_repeated).set("beacon_backward", p.beacon_backward);
  result.set("beacon_first", p.beacon_first).set("beacon_last", p.beacon_last).set("decode_ms", p.decode_ms);
  if (p.beacon_sight) {
    Numbers sight(env);
    sight.set("scale", p.beacon_sight->scale).set("x", p.beacon_sight->x).set("y", p.beacon_sight->y);
    sight.set("dark", std::uint32_t{p.beacon_sight->dark}).set("light", std::uint32_t{p.beacon_sight->light});
    result.object.Set("beacon_sight", sight.object);
  }
  result.set("painted_to_received_ms", p.painted_to_received_ms).set("painted_to_decoded_ms", p.painted_to_decoded_ms);
  return result.object;
}

const char* name_of(client::ControlEnd::Kind kind) {
  switch (kind) {
    case client::ControlEnd::Kind::stopped:
      return "stopped";
    case client::ControlEnd::Kind::terminated:
      return "terminated";
    case client::ControlEnd::Kind::disconnected:
      return "disconnected";
    case client::ControlEnd::Kind::timed_out:
      return "timed_out";
    case client::ControlEnd::Kind::connect_failed:
      return "connect_failed";
  }
  return "stopped";
}

class Stream final : public Napi::ObjectWrap<Stream> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Stream",
        {InstanceMethod<&Stream::start_audio>("startAudio"), InstanceMethod<&Stream::start_control>("startControl"),
         InstanceMethod<&Stream::start_video>("startVideo"), InstanceMethod<&Stream::send_input>("sendInput"),
         InstanceMethod<&Stream::request_idr>("requestIdr"), InstanceMethod<&Stream::summary>("summary"),
         InstanceMethod<&Stream::take_pictures>("takePictures"), InstanceMethod<&Stream::clicks>("clicks"),
         InstanceMethod<&Stream::stop>("stop")});
  }

  explicit Stream(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsFunction()) {
      throw Napi::TypeError::New(info.Env(), "a function that takes the events is missing");
    }
    events_ = Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "punktfunk client events", 0, 1);
    events_held_ = true;
    client_ = std::make_unique<client::StreamClient>(client::StreamEvents{
        .connected = [this] { emit("connected"); },
        .first_frame = [this] { emit("first_frame"); },
        .host_message =
            [this](std::uint16_t type, std::span<const std::uint8_t> payload) {
              events_.BlockingCall([type, bytes = std::vector<std::uint8_t>(payload.begin(), payload.end())](
                                       Napi::Env env, Napi::Function callback) {
                Napi::Object event = Napi::Object::New(env);
                event.Set("kind", "host_message");
                event.Set("type", Napi::Number::New(env, type));
                event.Set("payload", Napi::Buffer<std::uint8_t>::Copy(env, bytes.data(), bytes.size()));
                callback.Call({event});
              });
            },
        .ended =
            [this](client::ControlEnd end) {
              events_.BlockingCall([end](Napi::Env env, Napi::Function callback) {
                Napi::Object event = Napi::Object::New(env);
                event.Set("kind", "ended");
                event.Set("how", name_of(end.kind));
                event.Set("reason", Napi::Number::New(env, end.reason));
                callback.Call({event});
              });
            },
    });
  }

  ~Stream() override {
    if (!client_) { return; }
    client_->stop();
    release_events();
  }

 private:
  void emit(const char* kind) {
    events_.BlockingCall([kind](Napi::Env env, Napi::Function callback) {
      Napi::Object event = Napi::Object::New(env);
      event.Set("kind", kind);
      callback.Call({event});
    });
  }

  void start_audio(const Napi::CallbackInfo& info) {
    const Fields fields(info[0]);
    const Fields layout = fields.object("layout");
    const client::AudioReceiverConfig config{
        .socket = socket_config(fields),
        .reassembly = {.key = optional_key(fields),
                       .rikey_id = static_cast<std::uint32_t>(fields.integer("rikey_id", 0xffff'ffff))},
        .layout = {.channels = static_cast<unsigned>(layout.integer("channels", 255)),
                   .streams = static_cast<unsigned>(layout.integer("streams", 255)),
                   .coupled = static_cast<unsigned>(layout.integer("coupled", 255)),
                   .mapping = layout.small_numbers("mapping")},
        .packet_duration_ms = static_cast<unsigned>(fields.integer("packet_duration_ms", 120)),
        .loss = loss_config(fields.object("loss")),
    };
    check(info.Env(), [&](std::string& error) { return client_->start_audio(config, error); });
  }

  void start_control(const Napi::CallbackInfo& info) {
    const Fields fields(info[0]);
    const client::ControlConfig config{
        .address = fields.text("address"),
        .port = fields.port("port"),
        .connect_data = static_cast<std::uint32_t>(fields.integer("connect_data", 0xffff'ffff)),
        .key = fields.key("key"),
        .nonce_scheme = fields.flag("v2") ? gamestream::NonceScheme::v2 : gamestream::NonceScheme::legacy16,
    };
    check(info.Env(), [&](std::string& error) { return client_->start_control(config, error); });
  }

  void start_video(const Napi::CallbackInfo& info) {
    const Fields fields(info[0]);
    const client::VideoReceiverConfig config{
        .socket = socket_config(fields),
        .reassembly = {.packet_size = fields.integer("packet_size", 8192), .key = optional_key(fields)},
        .sink = {.codec = codec(fields.text("codec")),
                 .dump_path = fields.text("dump"),
                 .record_path = fields.text("record"),
                 .snapshot_path = fields.text("snapshot"),
                 .snapshot_picture = fields.integer("snapshot_picture", 1ull << 53)},
        .loss = loss_config(fields.object("loss")),
    };
    check(info.Env(), [&](std::string& error) { return client_->start_video(config, error); });
  }

  Napi::Value send_input(const Napi::CallbackInfo& info) {
    if (!info[0].IsTypedArray() || !info[1].IsNumber() || !info[2].IsBoolean()) {
      throw Napi::TypeError::New(info.Env(), "sendInput takes bytes, a channel and whether they must arrive");
    }
    const auto bytes = info[0].As<Napi::Uint8Array>();
    const auto delivery = info[2].As<Napi::Boolean>() ? client::ControlClient::Delivery::reliable
                                                      : client::ControlClient::Delivery::unreliable;
    const auto channel = static_cast<std::uint8_t>(info[1].As<Napi::Number>().Uint32Value());
    return Napi::Boolean::New(info.Env(), client_->send_input({bytes.Data(), bytes.ByteLength()}, channel, delivery));
  }

  Napi::Value request_idr(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), client_->request_idr());
  }

  Napi::Value summary(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const client::StreamSummary summary = client_->summary();
    Napi::Object result = Napi::Object::New(env);
    if (summary.audio) { result.Set("audio", to_object(env, *summary.audio)); }
    if (summary.video) { result.Set("video", to_object(env, *summary.video)); }
    if (summary.control) {
      Numbers control(env);
      control.set("messages_sent", summary.control->messages_sent);
      control.set("messages_received", summary.control->messages_received);
      control.set("refused", summary.control->refused).set("round_trip_ms", summary.control->round_trip_ms);
      result.Set("control", control.object);
    }
    if (summary.clicks) {
      Numbers clicks(env);
      clicks.set("painted_to_heard_ms", summary.clicks->painted_to_heard_ms);
      clicks.set("picture_after_sound_ms", summary.clicks->picture_after_sound_ms);
      clicks.set("apart_ms", summary.clicks->apart_ms);
      result.Set("clicks", clicks.object);
    }
    return result;
  }

  // A row a picture, of as many columns as NativePicture has fields (harness/probe/native.ts).
  Napi::Value take_pictures(const Napi::CallbackInfo& info) {
    constexpr std::size_t columns = 8;
    const std::vector<client::DecodedPicture> pictures = client_->take_pictures();
    auto rows = Napi::Float64Array::New(info.Env(), pictures.size() * columns);
    double* row = rows.Data();
    for (const client::DecodedPicture& p : pictures) {
      *row++ = p.arrival.frame_index;
      *row++ = p.arrival.host_latency_tenths_ms;
      *row++ = static_cast<double>(p.arrival.received_ns);
      *row++ = static_cast<double>(p.arrival.whole_ns);
      *row++ = static_cast<double>(p.decoded_ns);
      *row++ = p.beacon_read ? 1 : 0;
      *row++ = static_cast<double>(p.beacon.frame_number);
      *row++ = static_cast<double>(p.beacon.painted_ns);
    }
    return rows;
  }

  // A row a click: painted, heard, and its picture received.
  Napi::Value clicks(const Napi::CallbackInfo& info) {
    const std::vector<client::HeardClick> clicks = client_->clicks();
    auto rows = Napi::Float64Array::New(info.Env(), clicks.size() * 3);
    double* row = rows.Data();
    for (const auto& [flash, heard_ns] : clicks) {
      for (const std::uint64_t ns : {flash.painted_ns, heard_ns, flash.received_ns}) {
        *row++ = static_cast<double>(ns);
      }
    }
    return rows;
  }

  // Joining can take the two seconds that a goodbye may take: not on the event loop.
  class Stopping final : public Napi::AsyncWorker {
   public:
    Stopping(Napi::Env env, Stream& stream)
        : AsyncWorker(env),
          promise(Napi::Promise::Deferred::New(env)),
          stream_(stream),
          keep_(Napi::Persistent(stream.Value())) {}
    void Execute() override { stream_.client_->stop(); }
    void OnOK() override {
      stream_.release_events();
      promise.Resolve(Env().Undefined());
    }

    Napi::Promise::Deferred promise;

   private:
    Stream& stream_;
    Napi::ObjectReference keep_;
  };

  Napi::Value stop(const Napi::CallbackInfo& info) {
    auto* const worker = new Stopping(info.Env(), *this);  // deletes itself when done
    worker->Queue();
    return worker->promise.Promise();
  }

  // Until then the events keep the process alive; those still queued are delivered.
  void release_events() {
    if (!events_held_) { return; }
    events_held_ = false;
    events_.Release();
  }

  template <typename Start>
  static void check(Napi::Env env, const Start& start) {
    std::string error;
    if (!start(error)) { throw Napi::Error::New(env, error); }
  }

  Napi::ThreadSafeFunction events_;
  bool events_held_ = false;
  std::unique_ptr<client::StreamClient> client_;
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Stream", Stream::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, init)
