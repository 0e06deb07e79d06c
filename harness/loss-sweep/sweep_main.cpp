// punktfunk-loss-sweep: the worker of `punktfunk-harness loss-sweep`. One cell a line on standard input,
//   ID CODE DATA_SHARDS PARITY_PERCENT LOSS MEAN_BURST FRAMES SEED
// one JSON object a line on standard output. LOSS is the share of packets lost; MEAN_BURST 1 loses each by itself, more
// makes bursts of that mean length (Gilbert's model: a good and a bad state, every packet of the bad one is lost).
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>

#include "frame_code.h"
#include "impair/random.h"

namespace {

using punktfunk::SeededRandom;

// Every frame meets the channel in its stationary state, as frames are far apart against a burst: so frames are
// independent and their losses binomial.
class Channel {
 public:
  Channel(double loss, double mean_burst, SeededRandom& random) : loss_(loss), random_(random) {
    stay_bad_ = mean_burst > 1 ? 1 - 1 / mean_burst : loss;
    turn_bad_ = mean_burst > 1 ? loss / (1 - loss) / mean_burst : loss;
  }
  void start_frame() { fresh_ = true; }
  bool loses() {
    bad_ = random_.chance(fresh_ ? loss_ : bad_ ? stay_bad_ : turn_bad_);
    fresh_ = false;
    return bad_;
  }

 private:
  double loss_, stay_bad_ = 0, turn_bad_ = 0;
  bool bad_ = false, fresh_ = true;
  SeededRandom& random_;
};

struct Cell {
  long id = 0;
  std::string code;
  std::size_t data_shards = 0;
  unsigned parity_percent = 0;
  double loss = 0, mean_burst = 1;
  long frames = 0;
  std::uint64_t seed = 0;
};

bool run(const Cell& cell) {
  const auto code = loss_sweep::make_frame_code(cell.code, cell.data_shards, cell.parity_percent);
  if (!code || cell.frames < 1 || cell.loss < 0 || cell.loss >= 1 || cell.mean_burst < 1) { return false; }
  SeededRandom random(cell.seed);
  Channel channel(cell.loss, cell.mean_burst, random);
  std::vector<std::uint8_t> frame(code->frame_bytes());
  for (auto& byte : frame) { byte = static_cast<std::uint8_t>(random.next()); }
  long lost_frames = 0, corrupt_frames = 0, packets = 0, lost_packets = 0;
  loss_sweep::Geometry geometry;
  for (long f = 0; f < cell.frames; ++f) {
    for (std::size_t at = 0; at < frame.size(); at += 97) {
      ++frame[at];  // no two frames alike, nor their shards
    }
    code->send(frame);
    geometry = code->geometry();
    channel.start_frame();
    bool delivered = false;
    for (std::size_t i = 0; i < geometry.packets(); ++i) {
      ++packets;
      if (channel.loses()) {
        ++lost_packets;
        continue;
      }
      std::span<const std::uint8_t> out;
      if (!code->receive(i, out)) { continue; }
      delivered = true;
      corrupt_frames += out.size() != frame.size() || std::memcmp(out.data(), frame.data(), out.size()) != 0;
    }
    lost_frames += !delivered;
  }
  std::printf(
      "{\"id\":%ld,\"frames\":%ld,\"lost_frames\":%ld,\"corrupt_frames\":%ld,\"packets\":%ld,\"lost_packets\":%ld,"
      "\"blocks\":[",
      cell.id, cell.frames, lost_frames, corrupt_frames, packets, lost_packets);
  for (std::size_t b = 0; b < geometry.blocks.size(); ++b) {
    std::printf("%s[%zu,%zu]", b == 0 ? "" : ",", geometry.blocks[b].data, geometry.blocks[b].parity);
  }
  std::printf("]}\n");
  return std::fflush(stdout) == 0;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    Cell cell;
    if (!(words >> cell.id >> cell.code >> cell.data_shards >> cell.parity_percent >> cell.loss >> cell.mean_burst >>
          cell.frames >> cell.seed) ||
        !run(cell)) {
      std::fprintf(stderr, "punktfunk-loss-sweep: no such cell: %s\n", line.c_str());
      return 2;
    }
  }
  return 0;
}
