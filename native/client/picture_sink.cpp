#include "client/picture_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/worker.h"
#include "client/record.h"
#include "client/snapshot.h"

namespace punktfunk::client {

namespace {

constexpr std::size_t queue_slots = 32;
constexpr std::uint64_t pictures_between_searches = 64;
constexpr std::uint64_t plausible_latency_ns = 10'000'000'000;

double to_ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

struct Slot {
  std::vector<std::uint8_t> bytes;  // keeps its capacity
  Arrival arrival;
};

class ThreadedPictureSink final : public PictureSink {
 public:
  ThreadedPictureSink(const PictureSinkConfig& config, std::function<void()> decode_failed,
                      std::unique_ptr<PictureDecoder> decoder, File dump, File record)
      : config_(config),
        decode_failed_(std::move(decode_failed)),
        decoder_(std::move(decoder)),
        dump_(std::move(dump)),
        record_(std::move(record)) {
    worker_.start("pf-client-pics", [this](const std::stop_token& stop) { run(stop); });
  }

  bool push(std::span<const std::uint8_t> access_unit, const Arrival& arrival) override {
    {
      const std::lock_guard lock(queue_mutex_);
      if (queued_ == queue_slots) {
        ++overruns_;
        return false;
      }
      Slot& slot = slots_[(head_ + queued_) % queue_slots];
      slot.bytes.assign(access_unit.begin(), access_unit.end());
      slot.arrival = arrival;
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

  std::vector<DecodedPicture> take_pictures() override {
    const std::lock_guard lock(mutex_);
    std::rotate(pictures_.begin(), pictures_.begin() + static_cast<std::ptrdiff_t>(oldest_), pictures_.end());
    oldest_ = 0;
    return std::exchange(pictures_, {});
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
    if (record_ && std::fflush(record_.get()) != 0) { fail_file("cannot write " + config_.record_path); }
  }

  void take(const Slot& slot) {
    if (dump_ && std::fwrite(slot.bytes.data(), 1, slot.bytes.size(), dump_.get()) != slot.bytes.size()) {
      fail_file("cannot write " + config_.dump_path);
      dump_.reset();
    }
    if (record_) {
      if (!write_record(record_.get(), slot.bytes, slot.arrival.whole_ns)) {
        fail_file("cannot write " + config_.record_path);
      }
      const std::lock_guard lock(mutex_);
      ++counted_.access_units;
      return;
    }
    const std::uint64_t begin = monotonic_ns();
    const bool clean =
        decoder_->decode(slot.bytes, [&](const Picture& picture) { look(picture, slot.arrival, monotonic_ns()); });
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

  void look(const Picture& picture, const Arrival& arrival, std::uint64_t decoded_ns) {
    BeaconCode code;
    const bool beacon = read_beacon_code(picture.planes[0], picture.strides[0], picture.width, picture.height, code);
    if (!beacon && unread_++ % pictures_between_searches == 0) { search(picture); }
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
      keep({.arrival = arrival, .beacon = code, .beacon_read = beacon, .decoded_ns = decoded_ns});
      if (beacon) { count(code, arrival.whole_ns, decoded_ns); }
    }
    std::string error;
    if (snapshot && !write_ppm(picture, config_.snapshot_path, error)) { fail_file(error); }
  }

  // It takes the time of a picture, and where no beacon can be read there is no latency to spoil.
  void search(const Picture& picture) {
    const auto sight = search_beacon(picture.planes[0], picture.strides[0], picture.width, picture.height);
    if (!sight) { return; }
    const std::lock_guard lock(mutex_);
    counted_.beacon_sight = sight;
  }

  // With mutex_ held.
  void keep(const DecodedPicture& picture) {
    if (pictures_.size() < kept_pictures) {
      pictures_.push_back(picture);
    } else {
      pictures_[oldest_] = picture;
      oldest_ = (oldest_ + 1) % kept_pictures;
    }
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
    if (code.frame_number % beacon_click_frames == 0 && counted_.flashes.size() < Samples::capacity) {
      counted_.flashes.push_back({code.painted_ns, received_ns});
    }
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
  File dump_, record_;

  mutable std::mutex queue_mutex_;  // guards the queue
  std::condition_variable_any waiting_;
  std::array<Slot, queue_slots> slots_;
  std::size_t head_ = 0, queued_ = 0;
  std::uint64_t overruns_ = 0;

  std::uint64_t unread_ = 0;  // pictures without a beacon; of the worker's thread

  mutable std::mutex mutex_;  // guards what is measured
  PictureSummary counted_;
  Samples painted_to_received_ms_, painted_to_decoded_ms_, decode_ms_;
  std::vector<DecodedPicture> pictures_;
  std::size_t oldest_ = 0;  // of them, once they are kept_pictures

  Worker worker_;
};

}  // namespace

std::unique_ptr<PictureSink> PictureSink::start(const PictureSinkConfig& config, std::function<void()> decode_failed,
                                                std::string& error) {
  auto decoder = PictureDecoder::open(config.codec, error);
  if (!decoder) { return nullptr; }
  File dump(nullptr, std::fclose), record(nullptr, std::fclose);
  for (const auto& [path, file] : {std::pair{&config.dump_path, &dump}, {&config.record_path, &record}}) {
    if (path->empty()) { continue; }
    file->reset(std::fopen(path->c_str(), "wb"));
    if (!*file) {
      error = "cannot write " + *path + ": " + std::strerror(errno);
      return nullptr;
    }
  }
  return std::make_unique<ThreadedPictureSink>(config, std::move(decode_failed), std::move(decoder), std::move(dump),
                                               std::move(record));
}

}  // namespace punktfunk::client
