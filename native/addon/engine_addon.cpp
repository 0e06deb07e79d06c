// The engine as JavaScript sees it: messages of the host go in as JSON, messages for it come out as JSON
// (native/contract).
#include <napi.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "base/worker.h"
#include "contract/messages.h"
#include "engine/pipeline/capabilities.h"
#include "engine/pipeline/engine.h"
#include "engine/preview/preview.h"
#include "engine/threads/threads.h"

namespace {

namespace contract = punktfunk::contract;
namespace problem = punktfunk::problem;

// One engine's life, on JavaScript's thread, which never waits for it: what takes time has a thread of its own.
class Life {
 public:
  explicit Life(Napi::ThreadSafeFunction tell) : tell_(tell) {}

  void take(const std::string& json) {
    auto message = contract::read_host_message(json);
    if (!message) { return fail(problem::message_refused(message.error())); }
    std::visit([this](auto& one) { handle(one); }, *message);
  }

 private:
  void handle(contract::Start& start) {
    if (std::exchange(begun_, true)) { return fail(problem::started_twice()); }
    engine_ = punktfunk::Engine::start(std::move(start), [this](const auto& message) { tell(message); });
  }

  void handle(contract::Probe& probe) {
    if (std::exchange(begun_, true)) { return fail(problem::started_twice()); }
    probe_.start("pf-probe", [this, module_dir = std::move(probe.module_dir)](const std::stop_token&) {
      tell(punktfunk::capabilities(module_dir));
    });
  }

  void handle(const contract::Stop& stop) {
    if (engine_) { return engine_->stop(stop.farewell); }
    tell(contract::Ended{contract::Ending::stopped});
  }

  void handle(const contract::RequestIdr&) {
    if (engine_) { engine_->request_idr(); }
  }
  void handle(const contract::SetBitrate& set) {
    if (engine_) { engine_->set_bitrate(set.bitrate_kbps); }
  }
  void handle(const contract::WatchFrames& watch) {
    if (engine_) { engine_->watch_frames(watch.on); }
  }

  // Asked for again when the one before was answered: its thread is over then. A process that streams takes none.
  void handle(const contract::TakePreview& wanted) {
    if (std::exchange(begun_, true) && !preview_) { return fail(problem::started_twice()); }
    preview_ = std::make_unique<punktfunk::Worker>();
    preview_->start("pf-preview", [this, wanted](const std::stop_token&) {
      auto taken = punktfunk::take_preview(wanted);
      if (taken) { return tell(*std::move(taken)); }
      tell(contract::PreviewFailed{std::move(taken).error()});
    });
  }

  void handle(const contract::Ping&) { tell(contract::Pong{}); }

  void fail(punktfunk::Failure failure) {
    tell(contract::Problem{std::move(failure), true});
    tell(contract::Ended{contract::Ending::failed});
  }

  // Any thread.
  void tell(const contract::EngineMessage& message) {
    tell_.NonBlockingCall([json = contract::write(message)](Napi::Env env, Napi::Function on_message) {
      on_message.Call({Napi::String::New(env, json)});
    });
  }

  Napi::ThreadSafeFunction tell_;
  bool begun_ = false;
  std::unique_ptr<punktfunk::Engine> engine_;
  punktfunk::Worker probe_;
  std::unique_ptr<punktfunk::Worker> preview_;
};

class EngineObject : public Napi::ObjectWrap<EngineObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Engine", {InstanceMethod<&EngineObject::take>("take")});
  }

  explicit EngineObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (info.Length() != 1 || !info[0].IsFunction()) {
      throw Napi::TypeError::New(info.Env(), "Engine takes a function for its messages");
    }
    // Never freed: a failed engine's control connection must not be closed by the process that ends (engine.h).
    life_ = new Life(Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "engine messages", 0, 1));
  }

 private:
  void take(const Napi::CallbackInfo& info) { life_->take(info[0].ToString().Utf8Value()); }

  Life* life_;
};

// Ends the process as it is: no destructor runs, no thread is waited for.
void exit_now(const Napi::CallbackInfo& info) {
  _exit(info[0].ToNumber().Int32Value());
}

// What a thread that sends sound is granted here, found by asking for it on one: "realtime", "nice" or "nothing".
Napi::Value sound_priority(const Napi::CallbackInfo& info) {
  auto granted = punktfunk::Granted::nothing;
  punktfunk::Worker worker;
  worker.start(punktfunk::audio_thread_name,
               [&](const std::stop_token&) { granted = punktfunk::enter_thread(punktfunk::audio_urgency); });
  worker.join();
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
