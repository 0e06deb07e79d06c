// The sending half: what a stream's send thread does, without a desktop and an encoder.
#pragma once

#include <cstdint>
#include <string>

namespace punktfunk::throughput {

struct SendOptions {
  std::string bind_address, client_address;
  double wire_mbps = 0;  // 0: as much as goes
  unsigned seconds = 1;
};

// Writes its port, then, when it is done, what it sent. The exit code.
int send(const SendOptions& options);

}  // namespace punktfunk::throughput
