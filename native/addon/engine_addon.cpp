// The engine as JavaScript sees it: a message in, events out. src/engine/main.ts has validated the message;
// src/engine/addon.ts has the types.
#include <napi.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "engine/pipeline/engine.h"
#include "engine/threads/threads.h"

namespace {

using punktfunk::EngineConfig;
using punktfunk::EngineStats;

std::string text(const Napi::Object& o, const char* name) {
  return o.Get(name).ToString().Utf8Value();
}
std::string optional_text(const Napi::Object& o, const char* name) {
  return o.Has(name) ? text(o, name) : "";
}
std::uint32_t number(const Napi::Object& o, const char* name) {
  return o.Get(name).ToNumber().Uint32Value();
}
bool truth(const Napi::Object& o, const char* name) {
  return o.Get(name).ToBoolean().Value();
}

punktfunk::AesKey key_of(const std::string& hex) {
  punktfunk::AesKey key{};
  for (std::size_t i = 0; i < key.size() && i * 2 + 1 < hex.size(); ++i) {
    key[i] = static_cast<std::uint8_t>(std::stoul(hex.substr(i * 2, 2), nullptr, 16));
  }
  return key;
}

punktfunk::VideoTarget target_of(const Napi::Object& o) {
  const std::string kind = text(o, "kind");
  if (kind == "wlroots") { return punktfunk::WlrootsTarget{text(o, "wayland_display"), text(o, "output")}; }
  if (kind == "portal") { return punktfunk::PortalTarget{text(o, "restore_token")}; }
  return punktfunk::SyntheticTarget{truth(o, "moving")};
}

punktfunk::EncoderConfig encoder_of(const Napi::Object& o) {
  punktfunk::EncoderConfig c;
  c.width = number(o, "width");
  c.height = number(o, "height");
  c.fps = number(o, "fps");
  c.bitrate_kbps = number(o, "bitrate_kbps");
  c.slices = number(o, "slices");
  c.max_reference_frames = number(o, "max_reference_frames");
  const std::string colorspace = text(o, "colorspace");
  c.colorspace = colorspace == "rec601"    ? punktfunk::Colorspace::rec601
                 : colorspace == "rec2020" ? punktfunk::Colorspace::rec2020
                                           : punktfunk::Colorspace::rec709;
  c.full_range = truth(o, "full_range");
  const std::string preset = text(o, "preset");
  preset.copy(c.preset, sizeof c.preset - 1);
  c.preset[std::min(preset.size(), sizeof c.preset - 1)] = 0;
  return c;
}

EngineConfig config_of(const Napi::Object& start) {
  EngineConfig c;
  c.module_dir = text(start, "module_dir");
  c.checkpoint_path = text(start, "checkpoint_path");
  c.bind_address = text(start, "bind_address");
  c.video_port = static_cast<std::uint16_t>(number(start, "video_port"));
  c.audio_port = static_cast<std::uint16_t>(number(start, "audio_port"));
  c.control_port = static_cast<std::uint16_t>(number(start, "control_port"));
  c.client_address = text(start, "client_address");
  c.ping_payload = text(start, "ping_payload");
  c.target = target_of(start.Get("target").As<Napi::Object>());
  c.key = key_of(text(start, "key_hex"));

  const auto video = start.Get("video").As<Napi::Object>();
  c.encoder = encoder_of(video);
  c.packet_size = number(video, "packet_size");
  c.fec_percent = number(video, "fec_percent");
  c.min_parity_shards = number(video, "min_parity_shards");
  c.encrypt_video = truth(video, "encrypt");

  c.audio_enabled = start.Get("audio").IsObject();
  if (c.audio_enabled) {
    const auto audio = start.Get("audio").As<Napi::Object>();
    c.audio.channels = number(audio, "channels");
    c.audio.packet_duration_ms = number(audio, "packet_duration_ms");
    c.audio.bitrate_bps = number(audio, "bitrate_bps");
    if (truth(audio, "encrypt")) { c.audio.key = c.key; }
    c.audio.rikey_id = number(start, "rikey_id");
    c.audio.also_on_host = truth(audio, "also_on_host");
  }

  const auto control = start.Get("control").As<Napi::Object>();
  c.control.nonce_scheme = text(control, "nonce_scheme") == "v2" ? punktfunk::gamestream::NonceScheme::v2
                                                                 : punktfunk::gamestream::NonceScheme::legacy16;
  c.control.connect_data = number(control, "connect_data");
  c.control.require_connect_data = truth(control, "require_connect_data");
  c.control.client_timeout_ms = number(control, "client_timeout_ms");
  c.control.connect_timeout_ms = number(control, "connect_timeout_ms");

  if (start.Get("input").IsObject()) {
    const auto input = start.Get("input").As<Napi::Object>();
    c.input =
        punktfunk::WlrootsInputTarget{text(input, "wayland_display"), text(input, "output"),
                                      optional_text(input, "keyboard_layout"), optional_text(input, "sway_socket")};
  }
  return c;
}

class Message {
 public:
  Message(Napi::Env env, const char* type) : object_(Napi::Object::New(env)) { set("type", std::string(type)); }
  explicit Message(Napi::Env env) : object_(Napi::Object::New(env)) {}
  template <typename T>
  Message& set(const char* name, const T& value) {
    object_.Set(name, Napi::Value::From(object_.Env(), value));
    return *this;
  }
  Message& set(const char* name, const Message& value) {
    object_.Set(name, value.object_);
    return *this;
  }
  Message& count(const char* name, std::uint64_t value) { return set(name, static_cast<double>(value)); }
  [[nodiscard]] Napi::Object object() const { return object_; }

 private:
  Napi::Object object_;
};

Message stage(Napi::Env env, const punktfunk::StageLatency& s) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
  return Message(env)
      .set("p50_us", us(s.p50_ns))
      .set("p95_us", us(s.p95_ns))
      .set("p99_us", us(s.p99_ns))
      .set("max_us", us(s.max_ns));
}

Napi::Object stats_message(Napi::Env env, const EngineStats& s) {
  Message m(env, "stats");
  m.set("interval_s", s.interval_s)
      .count("frames_captured", s.frames_captured)
      .count("frames_dropped", s.frames_dropped);
  m.count("frames_encoded", s.frames_encoded).count("frames_sent", s.frames_sent).count("idr_frames", s.idr_frames);
  m.count("bytes_sent", s.bytes_sent)
      .count("datagrams_sent", s.datagrams_sent)
      .count("send_would_block", s.send_would_block);
  Message latency(env);
  latency.set("capture", stage(env, s.capture))
      .set("convert", stage(env, s.convert))
      .set("encode", stage(env, s.encode));
  latency.set("protect", stage(env, s.protect)).set("send", stage(env, s.send)).set("total", stage(env, s.total));
  Message cpu(env);
  cpu.set("video", s.cpu_video_ms)
      .set("send", s.cpu_send_ms)
      .set("control", s.cpu_control_ms)
      .set("audio", s.cpu_audio_ms);
  cpu.set("process", s.cpu_process_ms)
      .set("capture", s.cpu_capture_ms)
      .set("convert", s.cpu_convert_ms)
      .set("protect", s.cpu_protect_ms);
  Message audio(env);
  audio.count("packets", s.audio.packets)
      .count("bytes", s.audio.bytes)
      .count("underruns", s.audio.underruns)
      .count("overruns", s.audio.overruns);
  Message control(env);
  control.count("messages", s.control.messages)
      .count("refused", s.control.refused)
      .count("replayed", s.control.replayed);
  control.count("input_events", s.control.input_events).count("input_ignored", s.control.input_ignored);
  control.count("idr_requests", s.control.idr_requests).count("round_trip_ms", s.control.round_trip_ms);
  return m.set("latency", latency).set("cpu_ms", cpu).set("audio", audio).set("control", control).object();
}

// Opening a desktop may take seconds: it happens on a thread, so that JavaScript can be told to stop meanwhile.
class EngineObject : public Napi::ObjectWrap<EngineObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Engine", {InstanceMethod<&EngineObject::stop>("stop")});
  }

  explicit EngineObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (info.Length() != 2 || !info[0].IsObject() || !info[1].IsFunction()) {
      throw Napi::TypeError::New(info.Env(), "Engine takes a start message and a function for its events");
    }
    shared_ = new Shared;  // never freed: a failed engine's control connection must not be closed by the process that
                           // ends (engine.h)
    shared_->tell = Napi::ThreadSafeFunction::New(info.Env(), info[1].As<Napi::Function>(), "engine events", 0, 1);
    std::thread([s = shared_, config = config_of(info[0].As<Napi::Object>())] { s->run(config); }).detach();
  }

 private:
  struct Shared {
    Napi::ThreadSafeFunction tell;
    std::mutex mutex;
    std::unique_ptr<punktfunk::Engine> engine;
    std::optional<std::uint32_t> stop_reason;

    template <typename Make>
    void event(Make make) {
      tell.NonBlockingCall([make](Napi::Env env, Napi::Function on_event) { on_event.Call({make(env)}); });
    }

    punktfunk::EngineEvents events() {
      punktfunk::EngineEvents e;
      e.listening = [this](std::uint16_t video, std::uint16_t audio, std::uint16_t control) {
        event([=](Napi::Env env) {
          return Message(env, "listening")
              .count("video_port", video)
              .count("audio_port", audio)
              .count("control_port", control)
              .object();
        });
      };
      e.client_connected = [this] { event([](Napi::Env env) { return Message(env, "client_connected").object(); }); };
      e.client_leaving = [this] { event([](Napi::Env env) { return Message(env, "client_leaving").object(); }); };
      e.first_frame = [this](std::uint32_t width, std::uint32_t height, const std::string& encoder,
                             const std::string& capture) {
        event([=](Napi::Env env) {
          return Message(env, "first_frame")
              .count("width", width)
              .count("height", height)
              .set("encoder", encoder)
              .set("capture", capture)
              .object();
        });
      };
      e.stats = [this](const EngineStats& s) { event([s](Napi::Env env) { return stats_message(env, s); }); };
      e.problem = [this](const std::string& code, const std::string& detail, bool fatal) {
        event([=](Napi::Env env) {
          return Message(env, "problem").set("code", code).set("detail", detail).set("fatal", fatal).object();
        });
      };
      e.restore_token = [this](const std::string& token) {
        event([=](Napi::Env env) { return Message(env, "restore_token").set("token", token).object(); });
      };
      e.ended = [this](const std::string& reason) {
        event([=](Napi::Env env) { return Message(env, "ended").set("reason", reason).object(); });
      };
      return e;
    }

    void run(const EngineConfig& config) {
      std::string error;
      auto started = punktfunk::Engine::start(config, events(), error);
      if (!started) {
        events().problem("start_failed", error, true);
        events().ended(stop_asked() ? "stopped" : "failed");
        return;
      }
      const std::lock_guard lock(mutex);
      engine = std::move(started);
      if (stop_reason) { engine->stop(*stop_reason); }
    }

    bool stop_asked() {
      const std::lock_guard lock(mutex);
      return stop_reason.has_value();
    }
  };

  // stop(termination_reason): joins the engine's threads; `ended` follows.
  void stop(const Napi::CallbackInfo& info) {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop_reason = info[0].ToNumber().Uint32Value();
    if (shared_->engine) { shared_->engine->stop(*shared_->stop_reason); }
  }

  Shared* shared_;
};

// Ends the process as it is: no destructor runs, no thread is waited for.
void exit_now(const Napi::CallbackInfo& info) {
  _exit(info[0].ToNumber().Int32Value());
}

// What a thread that sends sound is granted here, found by asking for it on one: "realtime", "nice" or "nothing".
Napi::Value sound_priority(const Napi::CallbackInfo& info) {
  auto granted = punktfunk::Granted::nothing;
  std::thread([&] {
    granted = punktfunk::enter_thread(punktfunk::audio_thread_name, punktfunk::audio_urgency);
  }).join();
  return Napi::String::New(info.Env(), punktfunk::granted_text(granted));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  // An engine that is stopped when its host dies would keep the ports: it goes on, and finds its channel closed.
  prctl(PR_SET_PDEATHSIG, SIGCONT);
  exports.Set("Engine", EngineObject::define(env));
  exports.Set("soundPriority", Napi::Function::New<sound_priority>(env));
  exports.Set("exitNow", Napi::Function::New<exit_now>(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(punktfunk_engine, init)
