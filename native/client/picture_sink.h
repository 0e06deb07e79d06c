// What happens to access units once they are whole: a bounded queue to a thread that writes them to a file, decodes
// them, reads the code in the picture's corner and measures.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "beacon/beacon_code.h"
#include "beacon/beacon_search.h"
#include "client/click.h"
#include "client/picture_decoder.h"
#include "client/samples.h"

namespace punktfunk::client {

struct PictureSinkConfig {
  VideoCodec codec = VideoCodec::h264;
  std::string dump_path;               // Annex B as received; empty = none
  std::string record_path;             // as record.h says; empty = none. With it nothing is decoded: that can wait
  std::string snapshot_path;           // PPM; empty = none
  std::uint64_t snapshot_picture = 1;  // which decoded picture, from 1
};

// When an access unit came; monotonic_ns().
struct Arrival {
  std::uint32_t frame_index = 0;             // on the wire
  std::uint16_t host_latency_tenths_ms = 0;  // as its header says; 0 = nothing
  std::uint64_t received_ns = 0;             // the datagram was read that made it whole
  std::uint64_t whole_ns = 0;                // what it lacked is repaired, and it is in one piece
};

// A picture, from its painting to its decoding.
struct DecodedPicture {
  Arrival arrival;
  BeaconCode beacon;
  bool beacon_read = false;  // false: none can be read in it
  std::uint64_t decoded_ns = 0;
};

struct PictureSummary {
  std::uint64_t access_units = 0, pictures = 0, decode_errors = 0, overruns = 0;
  std::string last_decode_error, file_error;
  // Of the last picture.
  unsigned width = 0, height = 0;
  bool full_range = false;
  unsigned matrix = 2, primaries = 2, transfer = 2;
  std::uint64_t size_changes = 0;
  // The numbers painted in the corner (native/beacon/beacon_code.h). distinct: pictures that carry another number than
  // the one before; backward: that carry a smaller one.
  std::uint64_t beacon_pictures = 0, beacon_distinct = 0, beacon_repeated = 0, beacon_backward = 0;
  std::uint64_t beacon_first = 0, beacon_last = 0;
  std::optional<BeaconSight> beacon_sight;                    // where one was found that could not be read
  Percentiles painted_to_received_ms, painted_to_decoded_ms;  // first sight of each number, same machine only
  Percentiles decode_ms;
  std::vector<Flash> flashes;  // those with which the beacon clicks
};

class PictureSink {
 public:
  // decode_failed is called on the sink's thread. Null and a sentence on failure.
  static std::unique_ptr<PictureSink> start(const PictureSinkConfig& config, std::function<void()> decode_failed,
                                            std::string& error);
  virtual ~PictureSink() = default;
  // Copies the access unit. False when the queue is full and it was dropped (an overrun: decoding is too slow).
  virtual bool push(std::span<const std::uint8_t> access_unit, const Arrival& arrival) = 0;
  virtual void stop() = 0;  // finishes what is queued, closes the files, joins the thread
  [[nodiscard]] virtual PictureSummary summary() const = 0;
  // Those since it was asked last; of more than kept_pictures, the newest.
  [[nodiscard]] virtual std::vector<DecodedPicture> take_pictures() = 0;
  static constexpr std::size_t kept_pictures = 8192;
};

}  // namespace punktfunk::client
