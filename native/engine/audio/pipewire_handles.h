// PipeWire's objects with an owner.
#pragma once

#include <pipewire/impl.h>
#include <pipewire/pipewire.h>

#include <memory>

namespace punktfunk {

// Counted by the library itself.
class PipeWireLibrary {
 public:
  PipeWireLibrary() { pw_init(nullptr, nullptr); }
  ~PipeWireLibrary() { pw_deinit(); }
  PipeWireLibrary(PipeWireLibrary&&) = delete;
};

struct PwDeleter {
  void operator()(pw_loop* loop) const { pw_loop_destroy(loop); }  // and its sources
  void operator()(pw_context* context) const { pw_context_destroy(context); }
  void operator()(pw_core* core) const { pw_core_disconnect(core); }
  void operator()(pw_properties* properties) const { pw_properties_free(properties); }
  void operator()(pw_stream* stream) const { pw_stream_destroy(stream); }  // waits for the data loop
  void operator()(pw_impl_module* module) const { pw_impl_module_destroy(module); }
  void operator()(pw_proxy* proxy) const { pw_proxy_destroy(proxy); }
  // Proxies of an interface.
  void operator()(pw_registry* registry) const { pw_proxy_destroy(reinterpret_cast<pw_proxy*>(registry)); }
  void operator()(pw_metadata* metadata) const { pw_proxy_destroy(reinterpret_cast<pw_proxy*>(metadata)); }
  void operator()(pw_node* node) const { pw_proxy_destroy(reinterpret_cast<pw_proxy*>(node)); }
};
template <typename T>
using Pw = std::unique_ptr<T, PwDeleter>;

// A listener's place in the list of the object that it listens to: goes before that object.
class Hook {
 public:
  Hook() = default;
  ~Hook() { drop(); }
  Hook(Hook&&) = delete;
  [[nodiscard]] spa_hook* fresh() {
    drop();
    return &hook_;
  }
  void drop() {
    if (hook_.link.next != nullptr) { spa_hook_remove(&hook_); }
    hook_ = {};
  }

 private:
  spa_hook hook_{};
};

// An object and our listener to it.
template <typename T>
struct Heard {
  Pw<T> object;
  Hook hook;

  void reset() {
    hook.drop();
    object.reset();
  }
  explicit operator bool() const { return object != nullptr; }
  [[nodiscard]] T* get() const { return object.get(); }
};

}  // namespace punktfunk
