// Encoders that take longer than they need, for the tests that a slow stage is named and a slower build is found: a
// pause, and then the real module, which lies beside this one under another name. A folder with this module in the
// place of the real one is a build that is slow (PUNKTFUNK_NATIVE_DIR); the product has no hook for it.
//   SLOWER_MS       it sleeps so long with each picture
//   SLOWER_PERCENT  it works so much longer: of the CPU time that the picture before took on all threads
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "engine/encode/module_abi.h"

namespace {

using namespace punktfunk;
using OpenEncoder = Encoder* (*)(const EncoderConfig*, char*, std::size_t);

constexpr char real_module[] = "real_encoder.so";

class SlowEncoder final : public Encoder {
 public:
  explicit SlowEncoder(std::unique_ptr<Encoder> real) : real_(std::move(real)) {}
  Status encode(const Picture& picture, bool force_idr, const SliceSink& sink) noexcept override {
    hold_up();  // before its last slice, which ends the stage
    const std::uint64_t begun_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    const Status status = real_->encode(picture, force_idr, sink);
    took_ns_ = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begun_ns;
    return status;
  }
  Status set_bitrate_kbps(std::uint32_t bitrate_kbps) noexcept override {
    return real_->set_bitrate_kbps(bitrate_kbps);
  }
  [[nodiscard]] const char* name() const noexcept override { return real_->name(); }

 private:
  void hold_up() const {
#ifdef SLOWER_PERCENT
    const std::uint64_t until_ns = thread_cpu_ns() + took_ns_ * SLOWER_PERCENT / 100;
    while (thread_cpu_ns() < until_ns) {}
#else
    std::this_thread::sleep_for(std::chrono::milliseconds(SLOWER_MS));
#endif
  }

  const std::unique_ptr<Encoder> real_;
  std::uint64_t took_ns_ = 0;
};

std::string beside_this_module() {
  Dl_info info;
  static const char here = 0;
  if (dladdr(&here, &info) == 0) { return real_module; }
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1) + real_module;
}

Encoder* open(const EncoderConfig& config, char* error, std::size_t error_bytes) {
  void* const handle = dlopen(beside_this_module().c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto real = handle == nullptr ? nullptr : reinterpret_cast<OpenEncoder>(dlsym(handle, encoder_module_symbol));
  if (real == nullptr) {
    std::snprintf(error, error_bytes, "%s is no encoder", real_module);
    return nullptr;
  }
  std::unique_ptr<Encoder> encoder(real(&config, error, error_bytes));
  return encoder ? new SlowEncoder(std::move(encoder)) : nullptr;
}

}  // namespace

PUNKTFUNK_ENCODER_MODULE(open)
