// The engine as JavaScript sees it: messages of the host go in as JSON, messages for it come out as JSON
// (native/contract).
#include <napi.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "contract/messages.h"
#include "engine/pipeline/capabilities.h"
#include "engine/pipeline/engine.h"
#include "engine/threads/threads.h"

namespace {

namespace contract = punktfunk::contract;
namespace problem = punktfunk::problem;

// One engine's life. Opening a desktop may take seconds: it happens on a thread, so that the host can say stop
// meanwhile.
class Life {
 public:
  explicit Life(Napi::ThreadSafeFunction tell) : tell_(tell) {}

  // JavaScript's thread.
  void take(const std::string& json) {
    auto message = contract::read_host_message(json);
    if (!message) { return fail(problem::message_refused(message.error())); }
    std::visit([this](auto& one) { handle(one); }, *message);
  }

 private:
  void handle(contract::Start& start) {
    if (std::exchange(started_, true)) { return fail(problem::started_twice()); }
    std::thread([this, start = std::move(start)] { open(start); }).detach();
  }

  void handle(const contract::Stop& stop) {
    const std::lock_guard lock(mutex_);
    stop_reason_ = stop.termination_reason;
    if (engine_) { engine_->stop(*stop_reason_); }
    if (!started_) { tell(contract::Ended{contract::Ending::stopped}); }
  }

  void handle(contract::Probe& probe) {
    std::thread([this, module_dir = std::move(probe.module_dir)] {
      tell(punktfunk::capabilities(module_dir));
    }).detach();
  }

  void open(const contract::Start& start) {
    auto engine = punktfunk::Engine::start(start, [this](const contract::EngineMessage& message) { tell(message); });
    const std::lock_guard lock(mutex_);
    if (!engine) { return stop_reason_ ? tell(contract::Ended{contract::Ending::stopped}) : fail(engine.error()); }
    engine_ = *std::move(engine);
    if (stop_reason_) { engine_->stop(*stop_reason_); }
  }

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
  bool started_ = false;
  std::mutex mutex_;
  std::unique_ptr<punktfunk::Engine> engine_;
  std::optional<std::uint32_t> stop_reason_;
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
  std::thread([&] { granted = punktfunk::enter_thread(punktfunk::audio_urgency); }).join();
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
