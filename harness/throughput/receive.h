// The receiving half: what a client's socket and repair do, without a decoder.
#pragma once

#include <cstdint>
#include <string>

namespace punktfunk::throughput {

// Until nothing comes any more; then what came. The exit code.
int receive(const std::string& address, std::uint16_t port);

}  // namespace punktfunk::throughput
