#include "client/picture_sink.h"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/worker.h"
#include "beacon/beacon_code.h"
#include "client/snapshot.h"

namespace punktfunk::client {

namespace {

constexpr std::size_t queue_slots = 32;
constexpr std::uint64_t plausible_latency_ns = 10'000'000'000;

double to_ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

struct Slot {
  std::vector<std::uint8_t> bytes;  // keeps its capacity
  std::uint64_t received_ns = 0;
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

class ThreadedPictureSink final : public PictureSink {
 public:
  ThreadedPictureSink(const PictureSinkConfig& config, std::function<void()> decode_failed,
                      std::unique_ptr<PictureDecoder> decoder, File dump)
      : config_(config),
        decode_failed_(std::move(decode_failed)),
        decoder_(std::move(decoder)),
        dump_(std::move(dump)) {
    worker_.start("pf-client-pics", [this](const std::stop_token& stop) { run(stop); });
  }

  bool push(std::span<const std::uint8_t> access_unit, std::uint64_t received_ns) override {
    {
      const std::lock_guard lock(queue_mutex_);
      if (queued_ == queue_slots) {
        ++overruns_;
        return false;
      }
      Slot& slot = slots_[(head_ + queued_) % queue_slots];
      slot.bytes.assign(access_unit.begin(), access_unit.end());
      slot.received_ns = received_ns;
      ++queued_;
    }
    waiting_.notify_one();
    return true;
  }

  void stop() override { worker_.stop(); }

  PictureSummary summary() const override {
    std::uint64_t overruns = 0;
    {
      const std::lock_guard lock(queue_mutex_);
      overruns = overruns_;
    }
    const std::lock_guard lock(mutex_);
    PictureSummary result = counted_;
    result.overruns = overruns;
    result.painted_to_received_ms = painted_to_received_ms_.percentiles();
    result.painted_to_decoded_ms = painted_to_decoded_ms_.percentiles();
    result.decode_ms = decode_ms_.percentiles();
    return result;
  }

 private:
  // What is queued at the end is looked at too.
  void run(const std::stop_token& stop) {
    Slot current;
    for (;;) {
      {
        std::unique_lock lock(queue_mutex_);
        waiting_.wait(lock, stop, [this] { return queued_ > 0; });
        if (queued_ == 0) { break; }
        std::swap(current, slots_[head_]);
        head_ = (head_ + 1) % queue_slots;
        --queued_;
      }
      take(current);
    }
    if (dump_ && std::fflush(dump_.get()) != 0) { fail_file("cannot write " + config_.dump_path); }
  }

  void take(const Slot& slot) {
    if (dump_ && std::fwrite(slot.bytes.data(), 1, slot.bytes.size(), dump_.get()) != slot.bytes.size()) {
      fail_file("cannot write " + config_.dump_path);
      dump_.reset();
    }
    const std::uint64_t begin = monotonic_ns();
    const bool clean =
        decoder_->decode(slot.bytes, [&](const Picture& picture) { look(picture, slot.received_ns, monotonic_ns()); });
    const std::uint64_t end = monotonic_ns();
    {
      const std::lock_guard lock(mutex_);
      ++counted_.access_units;
      decode_ms_.add(to_ms(end - begin));
      if (!clean) {
        ++counted_.decode_errors;
        counted_.last_decode_error = decoder_->last_error();
      }
    }
    if (!clean && decode_failed_) { decode_failed_(); }
  }

  void look(const Picture& picture, std::uint64_t received_ns, std::uint64_t decoded_ns) {
    BeaconCode code;
    const bool beacon = read_beacon_code(picture.planes[0], picture.strides[0], picture.width, picture.height, code);
    bool snapshot = false;
    {
      const std::lock_guard lock(mutex_);
      ++counted_.pictures;
      if (counted_.pictures > 1 && (picture.width != counted_.width || picture.height != counted_.height)) {
        ++counted_.size_changes;
      }
      counted_.width = picture.width;
      counted_.height = picture.height;
      counted_.full_range = picture.full_range;
      counted_.matrix = picture.matrix;
      counted_.primaries = picture.primaries;
      counted_.transfer = picture.transfer;
      snapshot = !config_.snapshot_path.empty() && counted_.pictures == config_.snapshot_picture;
      if (beacon) { count(code, received_ns, decoded_ns); }
    }
    std::string error;
    if (snapshot && !write_ppm(picture, config_.snapshot_path, error)) { fail_file(error); }
  }

  // With mutex_ held.
  void count(const BeaconCode& code, std::uint64_t received_ns, std::uint64_t decoded_ns) {
    const bool first = counted_.beacon_pictures++ == 0;
    if (first) { counted_.beacon_first = code.frame_number; }
    if (!first && code.frame_number == counted_.beacon_last) {
      ++counted_.beacon_repeated;
      return;
    }
    if (!first && code.frame_number < counted_.beacon_last) { ++counted_.beacon_backward; }
    ++counted_.beacon_distinct;
    counted_.beacon_last = code.frame_number;
    if (decoded_ns > code.painted_ns && decoded_ns - code.painted_ns < plausible_latency_ns) {
      painted_to_decoded_ms_.add(to_ms(decoded_ns - code.painted_ns));
      if (received_ns > code.painted_ns) { painted_to_received_ms_.add(to_ms(received_ns - code.painted_ns)); }
    }
  }

  void fail_file(const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (counted_.file_error.empty()) { counted_.file_error = what; }
  }

  const PictureSinkConfig config_;
  const std::function<void()> decode_failed_;
  const std::unique_ptr<PictureDecoder> decoder_;
  File dump_;

  mutable std::mutex queue_mutex_;  // guards the queue
  std::condition_variable_any waiting_;
  std::array<Slot, queue_slots> slots_;
  std::size_t head_ = 0, queued_ = 0;
  std::uint64_t overruns_ = 0;

  mutable std::mutex mutex_;  // guards what is measured
  PictureSummary counted_;
  Samples painted_to_received_ms_, painted_to_decoded_ms_, decode_ms_;

  Worker worker_;
};

}  // namespace

std::unique_ptr<PictureSink> PictureSink::start(const PictureSinkConfig& config, std::function<void()> decode_failed,
                                                std::string& error) {
  auto decoder = PictureDecoder::open(config.codec, error);
  if (!decoder) { return nullptr; }
  File dump(nullptr, std::fclose);
  if (!config.dump_path.empty()) {
    dump.reset(std::fopen(config.dump_path.c_str(), "wb"));
    if (!dump) {
      error = "cannot write " + config.dump_path + ": " + std::strerror(errno);
      return nullptr;
    }
  }
  return std::make_unique<ThreadedPictureSink>(config, std::move(decode_failed), std::move(decoder), std::move(dump));
}

}  // namespace punktfunk::client
